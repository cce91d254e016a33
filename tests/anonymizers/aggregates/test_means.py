"""Means from noisy sums and counts: within the bounds, and covered as often as they say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.aggregates.estimates import Estimate
from anonymizers.aggregates.means import Noisy, mean_of
from anonymizers.noise.intervals import half_width
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from tests.exact_noise import drawn

USUAL = Fraction(19, 20)
EACH = Fraction(39, 40)
FEW = DiscreteLaplace(Fraction(3))
MUCH = DiscreteLaplace(Fraction(150))

integers = st.integers(-(2**70), 2**70) | st.integers(-99, 99)


@given(integers, integers, st.integers(-50, 50), st.integers(0, 99), st.integers(-50, 50))
def test_any_noisy_values_have_a_mean_within_the_bounds(total, count, low, span, offset):
    found = mean_of(Noisy(total, MUCH), Noisy(count, FEW), (low, low + span), USUAL, offset=offset)

    assert low <= found.low <= found.value <= found.high <= low + span
    if count <= half_width(FEW, EACH):
        assert (found.low, found.high) == (low, low + span)


@given(st.integers(-20, 20), st.integers(1, 20), st.data())
def test_every_mean_that_both_intervals_allow_is_in_the_interval(total, count, data):
    narrow = DiscreteLaplace(Fraction(1))
    reach = half_width(narrow, EACH)
    found = mean_of(Noisy(total, narrow), Noisy(count, narrow), (-9, 9), USUAL, offset=1)

    n = data.draw(st.integers(max(1, count - reach), count + reach))
    s = data.draw(st.integers(total - reach, total + reach))
    assert found.low <= min(max(1 + Fraction(s, n), -9), 9) <= found.high


@pytest.mark.parametrize("mechanism", [MUCH, DiscreteGaussian(Fraction(10**4))])
def test_intervals_hold_the_mean_as_often_as_they_say(mechanism, effort):
    generator = np.random.default_rng(8)
    values = generator.integers(0, 100, 400)
    repeats = 2000 * effort
    sums = (values - 50).sum() + drawn(mechanism, generator, repeats)
    counts = 400 + drawn(FEW, generator, repeats)

    held = 0
    for s, n in zip(sums.tolist(), counts.tolist(), strict=True):
        found = mean_of(Noisy(s, mechanism), Noisy(n, FEW), (0, 99), USUAL, offset=50)
        held += found.low <= Fraction(int(values.sum()), 400) <= found.high
    assert 0.95 - 3 * (0.05 * 0.95 / repeats) ** 0.5 <= held / repeats <= 0.99


def test_a_mean_is_the_quotient_and_its_interval_the_corners():
    reach, spread = half_width(FEW, EACH), half_width(MUCH, EACH)
    found = mean_of(Noisy(1000, MUCH), Noisy(100, FEW), (0, 99), USUAL, offset=30)

    assert found.value == 40
    assert found.low == 30 + Fraction(1000 - spread, 100 + reach)
    assert found.high == 30 + Fraction(1000 + spread, 100 - reach)


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="above the upper"):
        mean_of(Noisy(1, FEW), Noisy(1, FEW), (2, 1), USUAL)


def test_an_estimate_is_within_its_interval():
    with pytest.raises(ValueError, match="within its interval"):
        Estimate(Fraction(3), Fraction(1), Fraction(2))
