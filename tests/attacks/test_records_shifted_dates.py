"""The attacker knows when things happened to a person, and looks for these dates in the file.

Moved dates hold against dates; they don't against the time between them, which is why policies
that move several dates are warned, and several records for one person are refused.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.transforms.date_shift import DateShift
from policies.documents import parse_dataset, parse_policy
from policies.lint import lint
from tests.changed_columns import change, crowd

PEOPLE = 2_000
YEARS = 3_650
POLICY = """
policy: moved
dataset: cases
classes: [ngo]
purposes: [research]
extract:
  columns: {first: {shift_dates: {days: 30}}, second: {shift_dates: {days: 30}}}
  max_records_per_person: RECORDS
  protect: {k: 11}
"""
DATASET = """
dataset: cases
privacy_unit: person_id
consent: assumed
consent_basis: generated
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  first:     {type: date, role: sensitive}
  second:    {type: date, role: sensitive}
"""


def events(count):
    """Return (people, count) days of generated people, each person's in order."""
    draw = np.random.default_rng(7)
    return np.sort(draw.integers(0, YEARS, (PEOPLE, count)), axis=1).astype(np.int32)


def moved(days):
    """Release every column of dates."""
    columns = [pa.array(column).cast(pa.date32()) for column in days.T]
    released = [change(DateShift(30), column, crowd(PEOPLE)) for column in columns]
    return np.stack([column.cast(pa.int32()).to_numpy() for column in released], axis=1)


def found_by(known, file):
    """Return the share of people whose known facts stand in one row alone, their own."""
    rows = Counter(map(tuple, file.tolist()))
    mine = zip(map(tuple, known.tolist()), map(tuple, file.tolist()), strict=True)
    return sum(fact == row and rows[fact] == 1 for fact, row in mine) / len(known)


@pytest.fixture(scope="module")
def histories():
    return events(4)


def test_who_knows_the_dates_finds_nobody(histories):
    assert found_by(histories, moved(histories)) == 0
    assert found_by(histories[:, :1], moved(histories[:, :1])) == 0


def test_control_unmoved_dates_find_everybody(histories):
    assert found_by(histories, histories) > 0.99
    assert found_by(histories[:, :1], histories[:, :1]) > 0.3


def test_what_is_not_protected_the_time_between_four_dates_finds_almost_everybody(histories):
    assert found_by(np.diff(histories, axis=1), np.diff(moved(histories), axis=1)) > 0.95


def test_so_policies_are_warned_and_several_records_are_refused():
    dataset = parse_dataset(DATASET)
    one = lint(parse_policy(POLICY.replace("RECORDS", "1")), dataset)
    assert one.errors == ()
    assert "intervals-stay" in [reason.rule for reason in one.warnings]
    two = lint(parse_policy(POLICY.replace("RECORDS", "2")), dataset)
    assert "one-record-only" in [reason.rule for reason in two.errors]
