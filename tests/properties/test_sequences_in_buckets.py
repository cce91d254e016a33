"""A recount in small buckets finds what one in memory finds, and breaks for the same promise."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.models import Model
from anonymizers.promises import RecountError
from anonymizers.search import NothingSafeError
from anonymizers.transforms.watches import EachValue, Promise
from tests.properties.test_sequences_of_records import models, severals
from tests.small_sequences import SmallBuckets, buckets_by
from tests.written_files import with_cell

BUCKETS = st.sampled_from([2, 3, 7, 256])


def outcome(released, buckets, changes):
    try:
        return released.recount(buckets, **changes)
    except RecountError as error:
        return error.rule, error.column


@st.composite
def changes_of(draw, released):
    """What is changed of a file, its people, or what it promises; nothing as well."""
    rules, table = released.rules, released.table
    names = [rule.name for rule in rules.rules.columns]
    rows, row = table.num_rows, draw(st.integers(0, table.num_rows - 1))
    people = released.people.to_pylist()
    people[row] = draw(st.sampled_from([*people, "somebody else"]))
    model = rules.rules.model
    promise = Promise("secret", "codes", lambda: EachValue("sSt;u".__contains__))
    cell = draw(st.sampled_from(["a", "b", "*", None, "nothing known"]))
    return draw(
        st.sampled_from(
            [
                {},
                {"people": pa.array(people, pa.string())},
                {"table": with_cell(table, draw(st.sampled_from(names)), row, cell)},
                {"table": with_cell(table, "secret", row, cell)},
                {"table": table.drop_columns([draw(st.sampled_from([*names, "secret"]))])},
                {"minors": ~released.minors},
                {"rows": rows + 1},
                {"people": rules.people + draw(st.sampled_from([-1, 1]))},
                {"most": draw(st.integers(1, 3))},
                {"constant": tuple(names)},
                {"left_out_by_search": rules.rules.left_out_by_search + 1},
                {"promises": (promise,)},
                *(
                    {"model": replace(model, **more)}
                    for more in (
                        {"k": model.k + 1, "k_minors": None},
                        {"k_minors": model.k + 3},
                        {"l": {"secret": 3}},
                        {"l": {}},
                        {"max_suppressed_share": 0.0},
                    )
                ),
            ]
        )
    )


@settings(deadline=None)
@given(severals(), models(), BUCKETS, st.data())
def test_many_buckets_find_what_one_finds(several, model, count, data):
    try:
        released = several.release(model)
    except NothingSafeError:
        return
    if released.table.num_rows:
        changes = data.draw(changes_of(released))
        whole = outcome(released, buckets_by(1), changes)
        assert outcome(released, buckets_by(count), changes) == whole


@dataclass
class Spread(SmallBuckets):
    """Puts one row elsewhere than its key says."""

    key: str
    count: int
    row: int

    def __post_init__(self):
        self.rows = []

    def numbers(self, rows):
        numbers = super().numbers(rows)
        numbers[self.row % len(numbers)] = self.count
        return numbers


@settings(deadline=None)
@given(severals(), st.integers(0, 40))
def test_rows_of_one_person_in_two_buckets_are_noticed(several, row):
    try:
        released = several.release(Model(1, max_suppressed_share=1.0))
    except NothingSafeError:
        return
    if not released.table.num_rows:
        return

    def by(key, _expected):
        return Spread(key, 2, row) if key == "person" else SmallBuckets(key, 2)

    people = released.people.to_pylist()
    several_rows = people.count(people[row % len(people)]) > 1
    found = outcome(released, by, {})
    expected = ("rows", None) if several_rows else outcome(released, buckets_by(1), {})
    assert found == expected


def test_a_control_finds_something():
    """The changes above do break promises: each kind of them is met on one file."""
    from tests.anonymizers.test_sequences import LINES, MODEL, several

    released = several(LINES).release(MODEL)
    assert np.all(outcome(released, buckets_by(3), {}).rows == 10)
    broken = {
        outcome(released, buckets_by(3), changes)[0]
        for changes in (
            {"people": 6},
            {"most": 1},
            {"constant": ("town",)},
            {"minors": ~released.minors},
            {"model": Model(2, {"secret": 3}, 0.5)},
            {"model": Model(3, max_suppressed_share=0.5)},
        )
    }
    assert broken == {"rows", "records", "constant", "k-minors", "l", "k"}
