"""Somebody knows every contact that a person had: when and where, all of them together.

Each row by itself hides among k others; all rows of a person together don't. In the generated
cases (`weir demo`), of the people with two or more records 87 % are the only ones with their set of
rows at the policy's floors, and still 26 % at the levels that one record for each person needs.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from tests.small_homes import POLICY, person
from tests.small_sequences import Several
from tests.small_tables import People, taxonomy, texts

K = 5
STATES = taxonomy("CA;West/OR;West/WA;West/NY;East/MA;East/PA;East")
QUARTERS = build_ladder("date", bounds=["2024-01-01", "2025-12-31"])


@pytest.fixture(scope="module")
def several():
    """1,500 people, a third of them with two or three contacts in two years and six states."""
    random = np.random.default_rng(7)
    contacts = random.choice([1, 2, 3], 1500, p=[0.66, 0.24, 0.1])
    person = np.repeat(np.arange(1500), contacts)
    days = np.datetime64("2024-01-01") + random.integers(0, 730, len(person))
    states = random.choice(["CA", "OR", "WA", "NY", "MA", "PA"], len(person))
    rows = People(
        {"day": texts(days.astype(str)).cast("date32"), "state": texts(states)},
        {"day": QUARTERS, "state": STATES},
        limits={"day": ("quarter", "*"), "state": ("exact", "*")},
    )
    return Several([f"person {number}" for number in person], rows)


def known_of(table, people):
    """Return what an attacker knows of each person: all rows, at the released levels."""
    known = defaultdict(list)
    for name, row in zip(people, table.to_pylist(), strict=True):
        known[name].append((row["day"], row["state"]))
    return {name: tuple(sorted(rows)) for name, rows in known.items()}


def candidates(known):
    """Return for each person how many have the very rows that are known of them."""
    alike = Counter(known.values())
    return {name: alike[rows] for name, rows in known.items()}


def test_all_that_is_known_of_a_person_fits_k_people(several):
    model = Model(K, max_suppressed_share=0.1)
    released = several.release(model)
    found = candidates(known_of(released.table, released.people.to_pylist()))
    assert min(found.values()) >= K
    assert len(found) >= 0.9 * len(set(several.person))
    assert max(Counter(released.people.to_pylist()).values()) > 1


def test_control_rows_protected_one_by_one_single_people_out(several):
    released = several.rows.release(Model(K, max_suppressed_share=0.1))
    assert len(released.table) > 0
    people = np.array(several.person, object)[released.of_person]
    known = known_of(released.table, people.tolist())
    found = candidates(known)
    twice = [name for name, rows in known.items() if len(rows) > 1]
    alone = [name for name in twice if found[name] == 1]
    assert len(alone) > len(twice) / 2


def test_intervals_fit_k_people_as_well(several):
    """The quarters between two contacts follow from the rows, so k people share them."""
    released = several.release(Model(K, max_suppressed_share=0.1))
    known = known_of(released.table, released.people.to_pylist())
    intervals = {name: tuple(day for day, _ in rows) for name, rows in known.items()}
    assert min(candidates(intervals).values()) >= K


TWO = POLICY.replace(
    "  minors:", "  max_records_per_person: 2\n  sequence: [reported_on]\n  minors:"
)


def test_one_person_with_200_rows_is_one_of_several_with_two(world):
    """Control: without the cap the number of rows alone tells who it is."""
    calls = {1: 200, 9: 1, 17: 2, 5: 1}
    more = [person(n, case_id=f"{n}-{call}") for n in calls for call in range(calls[n])]
    world.apply(TWO)
    world.load(more)
    rows = Counter(row["person_id"] for row in world.rows("harbor"))
    assert sorted(rows.values()) == [1] * 36 + [2] * 4
    world.apply(TWO.replace("max_records_per_person: 2", "max_records_per_person: 100"))
    uncapped = Counter(row["person_id"] for row in world.rows("lantern"))
    assert max(Counter(row["person_id"] for row in more).values()) == 200
    assert sorted(uncapped.values()) == [1] * 36
