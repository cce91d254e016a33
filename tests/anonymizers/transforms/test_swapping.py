from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.transforms.base import Everybody
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.swapping import Swapping, swap_ranks
from tests.changed_columns import KEY, OTHER_KEY, change, crowd

TENTH = Swapping(Fraction(1, 10), Grid())


def run(values, transform=TENTH, key=KEY):
    units, present = transform.grid.units(values)
    people = crowd(len(values))
    everybody = Everybody(units[present], people.filter(pa.array(present)))
    return change(transform, values, people, key, everybody=everybody)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=40), st.fractions(0, 1))
def test_everybody_gets_the_rank_of_another_within_the_share(words, share):
    count = len(words)
    given_to = swap_ranks(np.array(words, dtype=np.uint64), share).tolist()
    assert sorted(given_to) == list(range(count))
    apart = max(2, int(share * count))
    assert all(abs(rank - other) <= apart for rank, other in enumerate(given_to))
    assert [rank for rank, other in enumerate(given_to) if rank == other] == [0][: count == 1]


@pytest.mark.parametrize("share", [Fraction(1), Fraction(1, 3), Fraction(1, 1000)])
def test_pairs_are_made_and_of_the_last_three_of_an_odd_block_a_ring(share):
    """Every block alone: who isn't in a pair is one of three."""
    for count in range(2, 60):
        given_to = swap_ranks(np.arange(count, dtype=np.uint64), share)
        back = given_to[given_to] == np.arange(count)
        blocks = -(-count // (max(2, int(share * count)) + 1))
        assert (~back).sum() % 3 == 0
        assert (~back).sum() <= 3 * blocks
        assert (given_to[given_to[given_to]][~back] == np.flatnonzero(~back)).all()


def test_who_of_a_block_is_whose_neighbour_is_the_shuffles():
    """Of three in a ring both turns are as likely, and of four each of the others."""
    shuffles = np.random.default_rng(5).integers(0, 2**64, (3_000, 4), dtype=np.uint64)
    first = np.array([swap_ranks(shuffle, Fraction(1))[0] for shuffle in shuffles])
    assert (np.abs(np.bincount(first, minlength=4)[1:] - 1_000) < 130).all()
    turns = np.array([swap_ranks(shuffle[:3], Fraction(1))[0] for shuffle in shuffles])
    assert (np.abs(np.bincount(turns, minlength=3)[1:] - 1_500) < 140).all()


@given(st.lists(st.none() | st.integers(-9, 9), max_size=30))
def test_the_very_same_values_leave_and_null_stays(numbers):
    released = run(pa.array(numbers, pa.int64())).to_pylist()
    assert [value is None for value in released] == [value is None for value in numbers]
    present = [value for value in numbers if value is not None]
    assert sorted(value for value in released if value is not None) == sorted(present)


def test_values_come_from_near_by_and_nobody_keeps_theirs():
    released = np.array(run(pa.array(np.arange(1_000))))
    moved = np.abs(released - np.arange(1_000))
    assert moved.max() <= 100
    assert moved.mean() > 20
    assert moved.min() > 0


def test_blocks_are_the_keys_and_the_same_again():
    values = pa.array(np.arange(500))
    assert run(values).equals(run(values))
    assert not run(values).equals(run(values, key=OTHER_KEY))


def test_batches_and_their_order_make_no_difference():
    values, people = pa.array(np.arange(100)), crowd(100)
    everybody = Everybody(np.arange(100, dtype=np.int64), people)
    whole = change(TENTH, values, people, everybody=everybody).to_pylist()
    turned = Everybody(np.arange(100, dtype=np.int64)[::-1].copy(), people[::-1])
    parts = [
        change(TENTH, values[n : n + 30], people[n : n + 30], everybody=turned).to_pylist()
        for n in range(0, 100, 30)
    ]
    assert [value for part in parts for value in part] == whole


def test_dates_are_swapped_too_and_one_person_alone_keeps_theirs():
    days = pa.array([date(2024, 1, 1), date(2024, 6, 1)])
    assert run(days, Swapping(Fraction(1), Grid("date"))).to_pylist() == days.to_pylist()[::-1]
    assert run(days[:1], Swapping(Fraction(1), Grid("date"))).to_pylist() == [date(2024, 1, 1)]


def test_who_is_no_part_of_it_keeps_theirs_and_changes_nobody_s():
    values, people = pa.array(np.arange(100)), crowd(100)
    everybody = Everybody(np.arange(60, dtype=np.int64), people[:60])
    whole = change(TENTH, values, people, everybody=everybody).to_pylist()
    assert whole[:60] == run(values[:60]).to_pylist()
    assert whole[60:] == values[60:].to_pylist()


def test_blocks_need_everybody():
    with pytest.raises(ValueError, match="all people"):
        change(TENTH, pa.array([1]))


def test_it_says_its_share_and_what_it_weakens():
    assert TENTH.parameters == {"share": 0.1}
    assert TENTH.draw == "1/10"
    assert "another person's, who is at most 10 % of all ranks away" in TENTH.describe()
    assert "or 2 ranks where that is more" in TENTH.describe()
