from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.transforms.grids import Grid
from anonymizers.transforms.microaggregation import Microaggregation, group_starts
from tests.changed_columns import change, seen_of

numbers = st.lists(st.integers(-40, 40), min_size=1, max_size=14)


def squares(units):
    mean = Fraction(sum(units), len(units))
    return sum((unit - mean) ** 2 for unit in units)


def least_squares(units, k):
    """Try every way to cut the sorted values where they differ, with k people in each part."""
    units = sorted(units)

    @cache
    def least(end):
        if end == 0:
            return Fraction(0)
        found = [
            least(start) + squares(units[start:end])
            for start in range(end - k + 1)
            if (start == 0 or units[start - 1] != units[start]) and least(start) is not None
        ]
        return min(found, default=None)

    return least(len(units))


@given(numbers, st.integers(2, 5))
def test_groups_are_the_best_of_all(units, k):
    seen = seen_of(units)
    starts = group_starts(seen, k).tolist()
    best = least_squares(units, k)
    if best is None:
        assert starts == []
        return
    ends = [*starts[1:], len(seen.units)]
    everybody = np.repeat(seen.units, seen.people).tolist()
    places = np.concatenate([[0], np.cumsum(seen.people)]).tolist()
    groups = zip(starts, ends, strict=True)
    flat = [everybody[places[start] : places[end]] for start, end in groups]
    assert starts[0] == 0
    assert all(len(group) >= k for group in flat)
    assert sum(map(squares, flat)) == best


def run(units, k):
    values = pa.array(units, pa.int64())
    present = [unit for unit in units if unit is not None]
    return change(Microaggregation(k, Grid()), values, seen=seen_of(present)).to_pylist()


@given(numbers, st.integers(2, 5))
def test_at_least_k_people_have_each_released_value(units, k):
    released = [value for value in run(units, k) if value is not None]
    assert all(released.count(value) >= k for value in released)
    assert bool(released) == (len(units) >= k)


def test_values_become_the_mean_of_their_group_and_null_stays():
    assert run([1, 2, 3, None, 100, 101, 102], 3) == [2, 2, 2, None, 101, 101, 101]


def test_means_are_rounded_half_to_even():
    assert run([1, 2], 2) == [2, 2]
    assert run([2, 3], 2) == [2, 2]
    assert run([-1, 0], 2) == [0, 0]
    assert run([1, 1, 3], 3) == [2, 2, 2]


def test_where_fewer_than_k_have_a_value_nobodys_leaves():
    assert run([5, 6, None, None], 3) == [None] * 4
    assert run([None, None], 2) == [None, None]


def test_amounts_and_dates_have_means_too():
    amounts = pa.array([Decimal("1.00"), Decimal("1.03")], pa.decimal128(18, 2))
    cents = Microaggregation(2, Grid("number", 2))
    assert change(cents, amounts, seen=seen_of([100, 103])).to_pylist() == [Decimal("1.02")] * 2
    days = pa.array([date(2024, 1, 1), date(2024, 1, 3)])
    grid = Grid("date")
    middle = change(Microaggregation(2, grid), days, seen=seen_of(grid.units(days)[0]))
    assert middle.to_pylist() == [date(2024, 1, 2)] * 2


def test_groups_need_to_see_all_values():
    with pytest.raises(ValueError, match="all values"):
        change(Microaggregation(2, Grid()), pa.array([1]))


def test_a_hundred_thousand_distinct_values_have_groups():
    units = np.arange(100_000, dtype=np.int64) ** 2
    starts = group_starts(seen_of(units), 11)
    sizes = np.diff([*starts.tolist(), len(units)])
    assert sizes.min() >= 11
    assert sizes.max() <= 21


def test_it_says_its_groups():
    means = Microaggregation(11, Grid())
    assert means.parameters == {"k": 11}
    assert means.describe() == "the mean of at least 11 people with values close to each other"


def test_a_file_is_held_against_k_over_all_its_batches():
    watch = Microaggregation(3, Grid()).watch()
    for texts in (["5", "5", None], ["5", "7"]):
        watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
    assert not watch.holds()
    watch.see(pa.chunked_array([pa.array(["7", "7"])]))
    assert watch.holds()


@pytest.mark.parametrize("apart", [10**7, 10**12, 10**17])
def test_groups_are_the_best_where_values_lie_far_apart(apart):
    """Running sums over all of them would lose the digits that tell groups apart."""
    drawn = np.random.default_rng(21)
    for _ in range(10):
        near, far = (drawn.choice(1_000, size=size, replace=False) for size in (10, 7))
        units = sorted([*near.tolist(), *(far + apart).tolist()])
        starts = [*group_starts(seen_of(units), 3).tolist(), len(units)]
        groups = [units[start:end] for start, end in itertools.pairwise(starts)]
        best = least_squares(tuple(units), 3)
        assert min(map(len, groups)) >= 3
        assert best <= sum(map(squares, groups)) <= best * (1 + Fraction(1, 10**9))
