"""Place in the file: does the first row of an extract tell who was the first in the data?

The same people are loaded in another order, and cut into other files, into homes with the same
keys: the released bytes are the same, so that nothing of the input's order can be in them. And
whoever holds a list of everybody's ids can't sort it as the file is sorted.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, person, template_of

COUNT = 240
PLACES = [f"place {number:04}" for number in range(COUNT)]
CHANCE = 0.33  # five standard deviations of the correlation of two random orders of COUNT


def everybody():
    return [person(number, note=PLACES[number]) for number in range(COUNT)]


def extracted(factory, name, *, loads):
    """Load people into a copy of one home; return a partner's file and the places in it."""
    path = copy_home(template_of(factory), factory.mktemp(name))
    with open_world(path, FixedClock(NOON)) as world:
        world.declare_notes(*PLACES)
        for rows in loads:
            world.load(rows, mode="replace" if rows is loads[0] else "append")
        made = world.extract("harbor")
        places = [row["note"] for row in world.table("harbor", made.id).to_pylist()]
        return world.content("harbor", made.id), [PLACES.index(place) for place in places]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return extracted(tmp_path_factory, "as-they-came", loads=[everybody()])


def correlation(places):
    """Return Spearman's rho of the file's order with the one in which people came."""
    return float(np.corrcoef(places, np.arange(len(places)))[0, 1])


@pytest.mark.parametrize("seed", [None, 1])
def test_the_same_people_in_another_order_are_the_same_bytes(tmp_path_factory, file, seed):
    rows = everybody()[::-1]
    if seed is not None:
        np.random.default_rng(seed).shuffle(rows)
    assert extracted(tmp_path_factory, f"order-{seed}", loads=[rows])[0] == file[0]


def test_who_came_with_a_later_load_does_not_stand_together(tmp_path_factory):
    rows = everybody()
    loads = [rows[: COUNT // 2], rows[COUNT // 2 :]]
    _, places = extracted(tmp_path_factory, "two-loads", loads=loads)
    assert sorted(places) == list(range(COUNT))
    assert abs(correlation(places)) < CHANCE


def test_the_order_is_not_the_one_in_which_people_came(file):
    assert sorted(file[1]) == list(range(COUNT))
    assert abs(correlation(file[1])) < CHANCE


def test_control_rows_as_they_came_tell_it():
    exported = [PLACES.index(row["note"]) for row in everybody()]
    assert correlation(exported) > 0.99


def by_hash(column):
    """Sort everybody as somebody could who holds the list of ids and no key."""
    digests = [hashlib.sha256(row[column].encode()).digest() for row in everybody()]
    return np.argsort(np.argsort(np.array(digests, "S32")))


@pytest.mark.parametrize("column", ["person_id", "case_id"])
def test_a_list_of_ids_can_not_be_sorted_as_the_file_is(file, column):
    assert abs(correlation(by_hash(column)[file[1]])) < CHANCE


@pytest.mark.parametrize("column", ["person_id", "case_id"])
def test_control_a_file_sorted_by_a_hash_without_a_key_tells_who_stands_where(column):
    unkeyed = np.argsort(by_hash(column))
    assert correlation(by_hash(column)[unkeyed]) > 0.99
