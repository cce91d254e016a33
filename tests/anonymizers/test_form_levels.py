"""The levels that forms stand on are read off a file, mixed ones and those of no level refused."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from anonymizers.promises import ColumnRule, RecountError, Rules
from anonymizers.recount import recount
from tests.small_tables import texts
from tests.written_files import AGES, TOWNS, with_cell


@pytest.mark.parametrize(
    ("zips", "level"),
    [
        (["787", "rest of VT", "*", None], "zip3"),
        (["TX", "*"], "us-state"),
        (["*", "*"], "*"),
        (["787", "TX"], None),
        (["059"], None),
        (["78701"], None),
    ],
)
def test_a_suppressed_place_stands_on_every_level_and_a_hidden_one_on_none(zips, level):
    ladder = build_ladder("us-postcode", min_population=20_000)
    column = ColumnRule("zip", ladder, "zip3", "*")
    rules = Rules(Model(1), (column,), people=len(zips), left_out_by_search=0, rows=len(zips))
    table, nobody = pa.table({"zip": texts(zips)}), np.zeros(len(zips), dtype=bool)
    if level is None:
        with pytest.raises(RecountError, match="'level' for column 'zip'"):
            recount(table, nobody, rules)
    else:
        assert recount(table, nobody, rules).levels == {"zip": (level,)}


def level(ladder, floor, ceiling, *forms):
    rules = Rules(Model(1), (ColumnRule("it", ladder, floor, ceiling),), len(forms), 0, len(forms))
    table = pa.table({"it": texts(forms)})
    (level,) = recount(table, np.zeros(len(forms), bool), rules).levels["it"]
    return level


def test_a_form_on_several_levels_is_fine_where_one_level_explains_all():
    assert level(AGES, "5-years", "*", "90+", "20-24", None, "other") == "5-years"
    assert level(AGES, "exact", "*", "90+", "20") == "exact"
    assert level(AGES, "exact", "*", "90+", None) == "exact"
    assert level(AGES, "exact", "*", "*", "*") == "*"


@pytest.mark.parametrize(
    "forms",
    [
        ("20-24", "20"),
        ("20-24", "20-29"),
        ("18+", "90+"),
        ("*", "20-24"),
        ("*", None),
        ("*", "other"),
        ("200",),
    ],
)
def test_mixed_levels_and_forms_of_no_level_are_refused(forms):
    with pytest.raises(RecountError) as error:
        level(AGES, "exact", "*", *forms)
    assert error.value.rule == "level"


def test_forms_below_the_floor_and_above_the_ceiling_are_refused():
    for forms in (["20"], ["18+"], ["*"]):
        with pytest.raises(RecountError):
            level(AGES, "5-years", "20-years", *forms)


def test_with_local_recoding_each_form_stands_on_a_level_of_its_own():
    table = pa.table({"town": texts(["a1", "a", "b1", None]), "age": texts(["20-24", "*"] * 2)})
    columns = (
        ColumnRule("town", TOWNS, "exact", "level-1"),
        ColumnRule("age", AGES, "5-years", "*"),
    )
    rules = Rules(Model(1), columns, 4, 0, 4, "local")
    nobody = np.zeros(4, bool)
    assert recount(table, nobody, rules).levels == {
        "town": ("exact", "level-1"),
        "age": ("5-years", "*"),
    }
    for other, broken_table in [
        ("full-domain", table),
        ("local", with_cell(table, "town", 0, "*")),
        ("local", with_cell(table, "town", 0, "zz")),
    ]:
        with pytest.raises(RecountError) as error:
            recount(broken_table, nobody, replace(rules, recoding=other))
        assert (error.value.rule, error.value.column) == ("level", "town")
