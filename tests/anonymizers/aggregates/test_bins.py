"""Bins between declared bounds: all values, few enough, in steps that people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.aggregates.bins import MOST_BINS, Bins, bins_between

bounds = st.integers(-(2**70), 2**70)


@given(bounds, st.integers(0, 2**70) | st.integers(0, 5000))
def test_bins_are_few_round_and_hold_every_value(low, span):
    bins = bins_between(low, low + span)

    assert 1 <= bins.count <= MOST_BINS
    assert bins.first(0) == low
    assert bins.last(bins.count - 1) == low + span
    assert bins.first(bins.count - 1) <= bins.last(bins.count - 1)
    assert str(bins.width).rstrip("0") in {"1", "2", "5"}
    assert (bins.nodes - 1) * bins.branching < bins.count <= bins.nodes * bins.branching
    assert bins.nodes <= bins.branching <= bins.nodes + 1


@given(st.integers(-99, 99), st.integers(0, MOST_BINS - 1))
def test_few_values_have_a_bin_each(low, span):
    bins = bins_between(low, low + span)

    assert (bins.width, bins.count) == (1, span + 1)
    assert all(bins.first(b) == bins.last(b) == low + b for b in range(bins.count))


def test_a_coarser_width_would_not_have_been_needed():
    assert bins_between(0, 10**6).width == 1000
    assert bins_between(0, 1023).width == 1
    assert bins_between(0, 1024).width == 2
    assert bins_between(0, 5120).width == 10


@pytest.mark.parametrize("fields", [(2, 1, 1, 1), (0, 9, 0, 1), (0, 9, 1, 0)])
def test_bins_without_values_or_width_are_refused(fields):
    with pytest.raises(ValueError, match="ordered bounds"):
        Bins(*fields)


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="ordered bounds"):
        bins_between(5, 4)
