import numpy as np
import pyarrow as pa
import pytest

from anonymizers.weighted import WeightedTable, weighted_table
from tests.small_tables import People, taxonomy, texts


def grouped(**columns):
    return pa.table(columns)


def test_rows_that_differ_by_sensitive_value_alone_become_one():
    table = weighted_table(
        grouped(
            town=[1, 0, 1, 1],
            age=[5, 5, 5, 5],
            kind=[0, 1, -1, 2],
            weir_people=[2, 1, 3, 1],
            weir_minors=[1, 0, 0, 1],
        ),
        ["town", "age"],
        ["kind"],
    )
    assert [codes.tolist() for codes in table.codes] == [[0, 1], [5, 5]]
    assert table.people.tolist() == [1, 6]
    assert table.minors.tolist() == [0, 2]
    assert table.total == 7
    assert table.sensitive["kind"].count_everybody().tolist() == [1, 2]
    assert table.sensitive["kind"].count_adults().tolist() == [1, 1]


def test_minors_may_be_left_out_where_there_is_no_rule():
    table = weighted_table(grouped(town=[1], weir_people=[2]), ["town"])
    assert table.minors.tolist() == [0]


def test_no_rows_make_an_empty_table():
    nothing = pa.array([], pa.int64())
    table = weighted_table(
        grouped(town=nothing, kind=nothing, weir_people=nothing), ["town"], ["kind"]
    )
    assert table.total == 0
    assert table.sensitive["kind"].count_everybody().tolist() == []


def test_null_and_negative_codes_are_refused():
    with pytest.raises(ValueError, match="NULL"):
        weighted_table(grouped(town=[None, 1], weir_people=[1, 1]), ["town"])
    with pytest.raises(ValueError, match="negative"):
        weighted_table(grouped(town=[-1], weir_people=[1]), ["town"])


@pytest.mark.parametrize(
    ("people", "minors"), [([0], [0]), ([1], [-1]), ([1], [2]), ([2**53], [0])]
)
def test_counts_that_can_not_be_are_refused(people, minors):
    with pytest.raises(ValueError, match="people"):
        WeightedTable((), (), np.array(people), np.array(minors), {})


def test_columns_without_codes_are_refused():
    with pytest.raises(ValueError, match="codes"):
        WeightedTable(("town",), (), np.array([1]), np.array([0]), {})


def test_some_rows_can_be_picked_with_all_that_belongs_to_them():
    people = People(
        {"town": texts(["a", "b", "b", "c"])},
        {"town": taxonomy("a/b/c")},
        sensitive={"kind": ["x", "y", "z", "x"]},
        minors=[False, True, False, False],
    )
    picked = people.table.picked(np.array([1, 2]))
    assert [codes.tolist() for codes in picked.codes] == [[1, 2]]
    assert (picked.people.tolist(), picked.minors.tolist()) == ([2, 1], [1, 0])
    assert picked.sensitive["kind"].count_everybody().tolist() == [2, 1]


def test_values_are_counted_where_a_model_needs_it():
    table = weighted_table(
        grouped(
            town=[1, 0, 1, 1],
            kind=[0, 1, -1, 0],
            weir_people=[2, 1, 3, 1],
            weir_minors=[1, 0, 0, 1],
        ),
        ["town"],
        ["kind"],
        ["kind"],
    )
    counts = table.counts("kind")
    assert counts.rows.tolist() == [0, 1, 1]
    assert counts.values.tolist() == [1, -1, 0]
    assert counts.heads.everybody.tolist() == [1, 3, 3]
    assert counts.heads.adults.tolist() == [1, 3, 1]
    assert counts.references.tolist() == [3, 1, 3]
    assert counts.count_everybody().tolist() == [1, 1]
    assert counts.count_adults().tolist() == [1, 1]
    assert table.heads.everybody.tolist() == [1, 6]


def of_kinds(*kinds):
    """Return a table of people with these values, -1 for none, counted value by value."""
    rows = grouped(town=[0] * len(kinds), kind=[*kinds], weir_people=[1] * len(kinds))
    return weighted_table(rows, ["town"], ["kind"], ["kind"])


def test_t_may_compare_with_everybody_of_another_table():
    asked, everybody = of_kinds(0, 0, 1), of_kinds(0, 0, 1, 2, 2, -1)
    held = asked.against(everybody, ["kind"])
    spread = held.counts("kind").of_everybody()
    assert spread.counts.tolist() == [2, 1]
    assert spread.reference.tolist() == [2, 1, 2, 1]
    assert asked.counts("kind").references.tolist() == [2, 1, 0]


def test_everybody_must_have_every_value_of_those_compared():
    with pytest.raises(ValueError, match="every value"):
        of_kinds(0, 1, 2).against(of_kinds(0, 1), ["kind"])
