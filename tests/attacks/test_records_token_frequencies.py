"""How often a token occurs: whoever knows that somebody called 200 times looks for 200 rows.

With one record for each person every token occurs once, so that frequency says nothing of
anybody; the 200 records weigh no more in the classes than one.
"""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import roots, tokens_text
from tests.small_homes import people, person

OFTEN = {7: 200, 12: 30, 25: 9}
"""What an attacker knows of three people: how often they were in touch."""

KEY = bytes(range(32))


def calls():
    """Return forty people's records; three of them have many."""
    again = [
        person(number, case_id=f"case-{number}-{again}")
        for number, count in OFTEN.items()
        for again in range(1, count)
    ]
    return [*people(1, 40), *again]


def guess(tokens):
    """Match the people one knows to tokens, by how often each occurs."""
    by_count = {}
    for token, count in Counter(tokens).items():
        by_count.setdefault(count, []).append(token)
    matches = {number: by_count.get(count, []) for number, count in OFTEN.items()}
    return {number: found[0] for number, found in matches.items() if len(found) == 1}


@pytest.fixture
def released(shared):
    shared.load(calls(), mode="replace")
    return shared.rows(shared.partner("frequent"))


def test_nobody_is_found_by_how_often_a_token_occurs(released):
    tokens = [row["person_id"] for row in released]
    assert len(tokens) == 40
    assert set(Counter(tokens).values()) == {1}
    assert guess(tokens) == {}


def test_control_with_all_records_the_three_are_found():
    made = tokens_text(roots(pa.array([row["person_id"] for row in calls()]), KEY), KEY, "person")
    found = guess(made.to_pylist())
    ids = pa.array([f"person-{number}" for number in OFTEN])
    truth = tokens_text(roots(ids, KEY), KEY, "person").to_pylist()
    assert found == dict(zip(OFTEN, truth, strict=True))


def shares(rows):
    """Return what part of the file each value of a column has."""
    counted = Counter((row["age"], row["reported_on"][:7]) for row in rows)
    return {value: count / len(rows) for value, count in counted.items()}


def test_a_class_is_no_larger_for_one_persons_many_records(released):
    assert max(shares(released).values()) <= 0.3


def test_control_counted_by_records_one_person_fills_a_class():
    assert max(shares(calls()).values()) > 0.6
