"""Rows are counted part by part as they are in one go, in memory that grows with the classes."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers import tallies
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from anonymizers.promises import ColumnRule, RecountError, Rules
from anonymizers.recount import Recounter, recount
from anonymizers.tallies import FileTally
from tests.small_tables import taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
AGES = build_ladder("age", bounds=[0, 120])
ROW = st.tuples(
    st.sampled_from(["a1", "a2", "b", "zz", None]),
    st.sampled_from(["20-24", "18+", None]),
    st.sampled_from(["x", "y", "unknown", None]),
    st.sampled_from(["p", "q", " "]),
    st.booleans(),
)


@st.composite
def cut_files(draw):
    """Return the rows of a file and where it is cut."""
    rows = draw(st.lists(ROW, min_size=1, max_size=30))
    cuts = draw(st.lists(st.integers(0, len(rows)), max_size=4))
    return rows, [0, *sorted(cuts), len(rows)]


def table_of(rows):
    town, age, kind, plan, _ = zip(*rows, strict=True) if rows else ((),) * 5
    return pa.table(
        {"people": texts(town), "age": texts(age), "minors": texts(kind), "plan": texts(plan)}
    )


def minors_of(rows):
    return np.array([row[-1] for row in rows], dtype=bool)


def outcome(count):
    try:
        return count()
    except RecountError as error:
        return error.rule, error.column


def in_parts(rows, cuts, rules):
    recounter = Recounter(rules)
    for start, end in pairwise(cuts):
        part = rows[start:end]
        recounter.add(table_of(part), minors_of(part))
    return recounter.finish()


@given(
    cut_files(), st.integers(1, 3), st.sampled_from([{}, {"minors": 2}, {"minors": 1, "plan": 2}])
)
def test_a_file_in_parts_is_counted_as_the_whole(file, k, least):
    rows, cuts = file
    columns = (
        ColumnRule("people", TOWNS, "exact", "*"),
        ColumnRule("age", AGES, "5-years", "*"),
    )
    rules = Rules(Model(k, least, k_minors=k), columns, len(rows), 0, len(rows))
    whole = outcome(lambda: recount(table_of(rows), minors_of(rows), rules))
    assert outcome(lambda: in_parts(rows, cuts, rules)) == whole


@given(cut_files())
def test_tallies_are_what_a_counter_counts(file):
    rows, cuts = file
    tally = FileTally(["people", "age"], ["plan"], [])
    with pytest.MonkeyPatch.context() as small:
        small.setattr(tallies, "PENDING_ROWS", 2)
        small.setattr(tallies, "BATCH_ROWS", 3)
        for start, end in pairwise(cuts):
            part = rows[start:end]
            tally.add(table_of(part), minors_of(part))
    counts = tally.counts(0)
    people, ages = (tally.texts(name).to_pylist() for name in ("people", "age"))
    found = {
        (people[town], ages[age]): tuple(counted)
        for town, age, *counted in zip(*(column.to_pylist() for column in counts), strict=True)
    }
    together = Counter(row[:2] for row in rows)
    minors = Counter(row[:2] for row in rows if row[-1])
    assert found == {key: (count, minors[key]) for key, count in together.items()}
    assert tally.counts(1)["people"].to_pylist() != []
    assert tally.counts(2)["people"].to_pylist() == [len(rows)] == [tally.rows]


def test_what_is_kept_grows_with_the_classes_not_the_rows(monkeypatch):
    monkeypatch.setattr(tallies, "PENDING_ROWS", 100)
    tally = FileTally(["a"])
    for _ in range(200):
        tally.add(pa.table({"a": texts(["x", "y"] * 20)}), np.zeros(40, bool))
        assert sum(part.num_rows for part in tally._tallies[0]._parts) <= 100 + 2 * 2 + 2
    assert tally.counts(0)["people"].to_pylist() == [4000, 4000]


def test_parts_and_their_minors_must_fit():
    rules = Rules(Model(1), (ColumnRule("it", AGES, "exact", "*"),), 2, 0, 2)
    recounter = Recounter(rules)
    with pytest.raises(RecountError, match="'rows'"):
        recounter.add(pa.table({"it": texts(["20", "20"])}), np.zeros(1, bool))
    with pytest.raises(RecountError, match="'columns'"):
        recounter.add(pa.table({"other": texts(["20"])}), np.zeros(1, bool))
    recounter.add(pa.table({"it": texts(["20"])}), np.zeros(1, bool))
    with pytest.raises(RecountError, match="'rows'"):
        recounter.finish()


def test_a_file_without_any_part_has_no_classes():
    rules = Rules(Model(1, {"kind": 2}), (ColumnRule("it", AGES, "exact", "*"),), 0, 0, 0)
    counted = Recounter(rules).finish()
    assert (counted.rows, counted.classes, counted.distinct_l) == (0, 0, {"kind": None})
    assert Recounter(replace(rules, columns=(), model=Model(1))).finish().smallest_class == 0
