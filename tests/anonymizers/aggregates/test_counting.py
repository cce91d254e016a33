"""Exact counts and sums against the plainest way to get them."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.aggregates.cells import KeyCodes, place
from anonymizers.aggregates.chunks import Chunk, first_of, up_to_rank
from anonymizers.aggregates.counting import count_people, count_places, find_pairs, sum_amounts

LIST = [(), (0,), (1,), (0, 2), (1, 2), (0, 1, 2)]
"""What each distinct value of a column with several codes counts under."""


def several() -> KeyCodes:
    flat = [code for codes in LIST for code in codes]
    starts = np.cumsum([0, *map(len, LIST)])
    return KeyCodes(3, np.array(flat, dtype=np.int64), starts)


def single(size: int = 4) -> KeyCodes:
    return KeyCodes(size, np.arange(size, dtype=np.int64)[::-1].copy())


records = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 3),
        st.integers(0, len(LIST) - 1),
        st.integers(-(10**18), 10**18),
    ),
    max_size=40,
).map(sorted)


LONGEST = 3
"""Of `LIST`."""


def cells_of(record: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    return [(3 - record[1], code) for code in LIST[record[2]]]


def placed(rows):
    columns = [np.array([row[at] for row in rows], dtype=np.int32) for at in (1, 2)]
    return place(len(rows), [(single(), columns[0]), (several(), columns[1])])


def by_cell(counted: dict, size: int = 3) -> list:
    return [counted[cell, code] for cell in range(4) for code in range(size)]


@given(records)
def test_records_people_and_sums_are_what_a_loop_finds(rows) -> None:
    counted, people, sums = Counter(), defaultdict(set), Counter()
    for row in rows:
        for cell in cells_of(row):
            counted[cell] += 1
            people[cell].add(row[0])
            sums[cell] += row[3]
    places = placed(rows)
    person = np.array([row[0] for row in rows], dtype=np.int64)
    amounts = np.array([row[3] for row in rows], dtype=np.int64)
    assert count_places(places).tolist() == by_cell(counted)
    for most in (LONGEST * max(Counter(person.tolist()).values(), default=1), 1000):
        assert count_people(places, person, most).tolist() == [len(s) for s in by_cell(people)]
    assert sum_amounts(places, amounts).tolist() == by_cell(sums)


@given(records)
def test_codes_that_occur_in_a_cell_are_found_once(rows) -> None:
    pairs = defaultdict(set)
    for row in rows:
        for cell in cells_of(row):
            pairs[cell].add(row[0])
    places = placed(rows)
    values = places.of(np.array([row[0] for row in rows], dtype=np.int32))
    codes = KeyCodes(6, np.arange(6, dtype=np.int64))
    occurs = find_pairs(places, place(len(values), [(codes, values)]))
    assert occurs.sum(axis=1).tolist() == [len(found) for found in by_cell(pairs)]


def test_sums_near_the_end_of_64_bits_are_exact() -> None:
    size = (1 << 21) + 5
    amounts = np.full(size, 10**18, dtype=np.int64)
    one = place(size, [(KeyCodes(1, np.zeros(1, dtype=np.int64)), np.zeros(size, dtype=np.int32))])
    assert sum_amounts(one, amounts).tolist() == [size * 10**18]
    assert sum_amounts(one, -amounts).tolist() == [-size * 10**18]


def test_a_table_without_keys_has_one_cell() -> None:
    assert count_places(place(3, [])).tolist() == [3]
    assert count_places(place(0, [])).tolist() == [0]


@given(records, st.integers(1, 3))
def test_no_person_has_more_than_so_many_records_left(rows, most) -> None:
    person = np.array([row[0] for row in rows], dtype=np.int64)
    kept = first_of(person, most)
    left = Counter(person[kept].tolist())
    assert left == {one: min(most, n) for one, n in Counter(person.tolist()).items()}


def test_ranks_above_the_bound_are_left_out() -> None:
    ranks = np.array([1, 2, 5, 1, 3], dtype=np.int32)
    person = np.array([0, 0, 0, 1, 1])
    chunk = Chunk(person, ranks, {}, {}, {})
    assert up_to_rank(chunk, 2).tolist() == [True, True, False, True, False]
