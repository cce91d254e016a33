"""What a file promises besides its classes is held as well: rows, columns, who is left out."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.models import Model
from anonymizers.promises import RecountError, Rules
from anonymizers.recount import Recounter
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.microaggregation import Microaggregation
from anonymizers.transforms.watches import Promise, token_promise
from tests.small_tables import texts
from tests.written_files import MODEL, again, broken, with_cell


def test_the_limit_of_suppression_is_held(release):
    strict = replace(MODEL, max_suppressed_share=0.1)
    assert broken(release, model=strict) == ("suppressed", None)
    assert broken(release, left_out_by_search=-1) == ("suppressed", None)
    assert broken(release, left_out_by_search=2) == ("suppressed", None)


def test_only_l_under_levels_by_k_may_leave_out_more_than_the_search(release):
    assert again(release, left_out_by_search=0).suppressed == 1
    for model in (replace(MODEL, l={}), replace(MODEL, levels_by="all")):
        assert broken(release, model=model, left_out_by_search=0) == ("suppressed", None)


def test_minors_and_rows_must_fit_the_file(release):
    assert broken(release, minors=release.minors[1:]) == ("rows", None)
    assert broken(release, rows=7) == ("rows", None)


def test_every_column_must_be_there_once(release):
    without = release.table.drop_columns(["kind"])
    assert broken(release, table=without) == ("columns", "kind")
    twice = release.table.append_column("town", release.table["town"])
    assert broken(release, table=twice) == ("columns", "town")


def test_errors_name_rules_and_columns_and_never_values(release):
    with pytest.raises(RecountError) as error:
        again(release, table=with_cell(release.table, "town", 0, "Springfield"))
    assert "Springfield" not in str(error.value)
    assert "'level' for column 'town'" in str(error.value)
    assert "column" not in str(RecountError("k"))


def test_promises_of_changed_columns_are_held_over_all_parts():
    groups = Microaggregation(3, Grid())
    promises = (Promise("debt", groups.action, groups.watch), token_promise("id", "person"))
    rules = Rules(Model(1), (), 4, 0, 4, promises=promises)
    token, nobody = f"person_{'0' * 26}", np.zeros(2, bool)

    def counted(debts, tokens=(token,) * 4):
        recounter = Recounter(rules)
        for part in (slice(2), slice(2, 4)):
            table = {"debt": texts(list(debts[part])), "id": texts(list(tokens[part]))}
            recounter.add(pa.table(table), nobody)
        return recounter.finish()

    assert counted(["5", "5", "5", None]).rows == 4
    with pytest.raises(RecountError, match="'microaggregate' for column 'debt'"):
        counted(["5", "5", "7", "7"])
    with pytest.raises(RecountError, match="'token' for column 'id'"):
        counted(["5"] * 4, [token, token, "person-17", token])
    with pytest.raises(RecountError, match="'columns' for column 'debt'"):
        Recounter(rules).add(pa.table({"id": texts([token])}), nobody)
