"""What an answer leaves out: said from declarations, and estimated where it is paid for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from anonymizers.aggregates.clipping import Bias, bias_of, clipped_share_of
from anonymizers.aggregates.means import Noisy
from anonymizers.noise.mechanisms import DiscreteLaplace

NOISE = DiscreteLaplace(Fraction(3))
USUAL = Fraction(19, 20)


@pytest.mark.parametrize("statistic", ["people", "records", "distinct"])
def test_counts_can_only_be_lower(statistic):
    assert bias_of(statistic, records=5) == Bias(5, None, None, "lower")
    assert bias_of(statistic, records=5, codes=3) == Bias(5, 3, None, "lower")


@pytest.mark.parametrize("statistic", ["sum", "mean", "quantile"])
def test_values_can_be_moved_either_way(statistic):
    assert bias_of(statistic, bounds=(0, 9)) == Bias(None, None, (0, 9), "either")
    assert bias_of(statistic, records=5) == Bias(5, None, None, "either")


def test_what_leaves_nothing_out_has_no_bias():
    assert bias_of("people") is None


def test_a_share_is_between_none_and_all():
    found = clipped_share_of(Noisy(100, NOISE), Noisy(1000, NOISE), USUAL)

    assert found.value == Fraction(1, 10)
    assert Fraction(8, 100) < found.low < found.high < Fraction(12, 100)
    assert clipped_share_of(Noisy(-7, NOISE), Noisy(1000, NOISE), USUAL).value == 0
    assert clipped_share_of(Noisy(999, NOISE), Noisy(990, NOISE), USUAL).high == 1


def test_without_records_any_share_is_possible():
    found = clipped_share_of(Noisy(1, NOISE), Noisy(2, NOISE), USUAL)

    assert (found.low, found.high) == (0, 1)
