"""Entropy, (c,l) and distances by hand, and against their definitions on any counts."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.models import Closeness, Recursive
from anonymizers.spreads import (
    distances,
    entropies,
    has_entropy,
    has_recursive,
    is_close,
    surely_far_out,
    surely_recursive_out,
)
from anonymizers.value_counts import Spread


def spread(*classes, reference=None):
    """Classes given by the count of each value; the last is of unknown."""
    counts = np.array(classes, dtype=np.int64).reshape(len(classes), -1)
    # unknown comes first in the order of entries, as it is -1
    ordered = np.roll(counts, 1, axis=1)
    rows, places = np.nonzero(ordered)
    against = counts.sum(axis=0) if reference is None else np.array(reference, dtype=np.int64)
    return Spread(len(classes), rows, places - 1, ordered[rows, places], against)


def test_entropy_counts_equally_common_values():
    found = np.exp(entropies(spread([2, 2, 2, 0], [4, 0, 0, 9], [0, 0, 0, 3], [1, 3, 0, 0])))
    assert found[:3] == pytest.approx([3, 1, 0])
    assert found[3] == pytest.approx(4 / 3**0.75)


@pytest.mark.parametrize("values", [2, 3, 5, 6, 7, 10])
def test_equally_common_values_have_the_entropy_of_their_number(values):
    classes = spread([7] * values + [0])
    assert has_entropy(classes, values).all()
    assert not has_entropy(classes, values + 0.001).any()


@pytest.mark.parametrize(
    ("c", "least", "holds"),
    [
        (1, 1, True),
        (1, 2, False),
        (1.01, 2, True),
        (4.99, 3, False),
        (5.01, 3, True),
        (9, 4, False),
    ],
)
def test_the_commonest_value_is_held_against_the_rest(c, least, holds):
    assert has_recursive(spread([5, 4, 1, 20]), Recursive(c, least)).tolist() == [holds]


def test_a_product_that_rounds_upwards_is_no_excuse():
    """0.7 times 10 is 7.000000000000001 as numbers go, and 7 isn't less than 7."""
    assert not has_recursive(spread([7, 7, 3, 0]), Recursive(0.7, 2)).any()


def test_li_and_others_example_of_salaries():
    """{3k, 4k, 5k} of 3k to 11k is 0.375 away by ranks, {6k, 8k, 11k} 0.167 (their section 4)."""
    low, spread_out = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 1, 0, 0, 1, 0]
    classes = spread(low, spread_out, reference=[1] * 9 + [0])
    ordered = Closeness(0.2, "ordered")
    assert distances(classes, ordered) == pytest.approx([0.375, 1 / 6])
    assert is_close(classes, ordered).tolist() == [False, True]
    assert distances(classes, Closeness(0.2)) == pytest.approx([2 / 3, 2 / 3])


def test_a_value_alone_has_no_ranks():
    assert distances(spread([3, 0], reference=[9, 0]), Closeness(0.1, "ordered")).tolist() == [0]


def test_unknown_is_a_value_of_its_own_one_away_from_each():
    classes = spread([1, 1, 2], [0, 0, 4], [2, 2, 0], reference=[2, 2, 0])
    assert distances(classes, Closeness(0, "ordered")) == pytest.approx([0.5, 1, 0])
    assert distances(classes, Closeness(0)) == pytest.approx([0.5, 1, 0])


def test_nobody_is_nowhere():
    nothing = Spread(0, *[np.array([], np.int64)] * 3, np.array([0], np.int64))
    for distance in ("equal", "ordered"):
        assert distances(nothing, Closeness(0.1, distance)).tolist() == []
        assert surely_far_out(nothing, Closeness(0.1, distance)).tolist() == []
    assert entropies(nothing).tolist() == []


COUNTS = st.integers(2, 6).flatmap(
    lambda width: st.tuples(
        st.lists(
            st.lists(st.integers(0, 6), min_size=width, max_size=width).filter(any),
            min_size=1,
            max_size=4,
        ),
        st.lists(st.integers(0, 9), min_size=width, max_size=width),
    )
)


def by_definition(counts, whole, distance):
    here, there = ([Fraction(n, sum(side)) for n in side] for side in (counts, whole))
    if distance == "equal":
        return sum(abs(a - b) for a, b in zip(here, there, strict=True)) / 2
    unknown, rest = abs(here[-1] - there[-1]), 1 - max(here[-1], there[-1])
    ranks = [rank for rank, count in enumerate(whole[:-1]) if count]
    if rest == 0 or here[-1] == 1 or len(ranks) < 2:
        return unknown
    cumulated = []
    for side in (here, there):
        known = [side[rank] / sum(side[:-1]) for rank in ranks]
        cumulated.append([sum(known[: end + 1]) for end in range(len(known) - 1)])
    moved = sum(abs(a - b) for a, b in zip(*cumulated, strict=True))
    return unknown + rest * moved / (len(ranks) - 1)


@given(COUNTS, st.sampled_from(["equal", "ordered"]))
def test_distances_are_what_they_are_defined_as(drawn, distance):
    classes, extra = drawn
    whole = [sum(column) for column in zip(*classes, extra, strict=True)]
    found = distances(spread(*classes, reference=whole), Closeness(0.1, distance))
    expected = [float(by_definition(counts, whole, distance)) for counts in classes]
    assert found == pytest.approx(expected, abs=1e-12)


def rests(counts):
    """Yield every way to leave people of a class out, with how many."""
    if not counts:
        yield (), 0
        return
    for kept in range(counts[0] + 1):
        for rest, gone in rests(counts[1:]):
            yield (kept, *rest), gone + counts[0] - kept


SMALL = st.lists(st.integers(0, 3), min_size=3, max_size=4).filter(any)


@given(
    SMALL,
    st.lists(st.integers(0, 4), min_size=4, max_size=4),
    st.sampled_from([0, 0.1, 0.25, 0.5]),
    st.sampled_from(["equal", "ordered"]),
)
def test_nobody_need_be_left_out_who_is_surely_left_out(counts, extra, at_most, distance):
    """By trying every rest: the bound is never above the fewest who must go."""
    whole = [count + more for count, more in zip(counts, extra, strict=False)]
    rule = Closeness(at_most, distance)
    fewest = min(
        gone
        for rest, gone in rests(tuple(counts))
        if not any(rest)
        or by_definition(rest, whole, distance) <= Fraction(str(at_most)) + Fraction(1, 10**9)
    )
    assert surely_far_out(spread(counts, reference=whole), rule)[0] <= fewest


@given(SMALL, st.sampled_from([0.5, 1, 2]), st.integers(1, 3))
def test_nobody_need_be_left_out_for_a_commonest_value_who_is(counts, c, least):
    rule = Recursive(c, least)
    fewest = min(
        gone
        for rest, gone in rests(tuple(counts))
        if not any(rest) or has_recursive(spread(rest), rule)[0]
    )
    assert surely_recursive_out(spread(counts), rule)[0] <= fewest


def test_bounds_say_something():
    """Where one value rules, most of its people must go."""
    classes = spread([10, 2, 0], reference=[50, 50, 0])
    assert surely_far_out(classes, Closeness(0.1)).tolist() == [7]
    assert surely_far_out(classes, Closeness(0.1, "ordered")).tolist() == [3]
    assert surely_recursive_out(classes, Recursive(2, 2)).tolist() == [6]
    unknown = spread([1, 1, 8], reference=[50, 50, 0])
    assert surely_far_out(unknown, Closeness(0.1, "ordered")).tolist() == [5]


def test_closeness_of_ranks_grows_with_what_lies_between():
    classes = spread([4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0], reference=[9, 1, 1, 0])
    found = distances(classes, Closeness(0, "ordered"))
    assert all(near < far for near, far in pairwise(found))
