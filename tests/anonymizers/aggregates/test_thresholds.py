"""Thresholds of private keys: their delta against exact sums, and the guarantee by brute force."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.aggregates.thresholds import delta_of, threshold_for
from anonymizers.noise.mechanisms import WIDEST, DiscreteGaussian, DiscreteLaplace
from tests.exact_noise import mass_of, reach_of

widths = st.fractions(Fraction(1, 5), 12, max_denominator=9)


def tail(mechanism, least):
    reach = reach_of(mechanism)
    return float(mass_of(mechanism, reach)[reach + least :].sum())


@given(widths, st.integers(2, 60), st.integers(1, 9))
def test_delta_of_laplace_noise_is_exact(scale, threshold, keys):
    noise = DiscreteLaplace(scale)

    ratio = math.exp(-1 / scale)
    exact = keys * ratio ** (threshold - 1) / (1 + ratio)
    assert float(delta_of(noise, keys, threshold)) == pytest.approx(min(exact, 1), rel=1e-9)
    assert exact == pytest.approx(keys * tail(noise, threshold - 1), rel=1e-6, abs=1e-14)


@given(widths, st.integers(2, 60), st.integers(1, 9))
def test_delta_of_gaussian_noise_is_never_too_small_and_close(width, threshold, keys):
    noise = DiscreteGaussian(width**2)
    exact, found = keys * tail(noise, threshold - 1), float(delta_of(noise, keys, threshold))

    assert found >= min(exact, 1) * (1 - 1e-9)
    if threshold - 1 >= 3 * width and exact > 1e-14:
        assert found <= 1.15 * exact


@pytest.mark.parametrize(
    "mechanism",
    [
        DiscreteLaplace(Fraction(1, 10**6)),
        DiscreteLaplace(Fraction(7, 2)),
        DiscreteLaplace(Fraction(WIDEST)),
        DiscreteGaussian(Fraction(1, 10**6)),
        DiscreteGaussian(Fraction(77)),
        DiscreteGaussian(Fraction(WIDEST**2)),
    ],
)
@pytest.mark.parametrize("delta", [Fraction(1, 3), Fraction(1, 10**9), Fraction(1, 10**15)])
def test_a_threshold_is_the_least_with_its_delta(mechanism, delta):
    least = threshold_for(mechanism, 5, delta)

    assert delta_of(mechanism, 5, least) <= delta < delta_of(mechanism, 5, least - 1)


def test_low_thresholds_name_everybody():
    noise = DiscreteLaplace(Fraction(1))
    assert [delta_of(noise, 1, threshold) for threshold in (-5, 0, 1)] == [1, 1, 1]
    assert threshold_for(noise, 1, Fraction(1)) == 1


@pytest.mark.parametrize("keys", [0, -1])
def test_a_unit_without_keys_is_refused(keys):
    with pytest.raises(ValueError, match="one key at least"):
        delta_of(DiscreteLaplace(Fraction(1)), keys, 5)


@pytest.mark.parametrize("delta", [Fraction(0), Fraction(-1)])
def test_names_without_delta_are_refused(delta):
    with pytest.raises(ValueError, match="delta above 0"):
        threshold_for(DiscreteLaplace(Fraction(1)), 1, delta)


def named(count, mechanism, threshold):
    """Probabilities of each noisy count that is named, and of none (first)."""
    reach = reach_of(mechanism)
    noisy = np.arange(-reach, reach + 1) + count
    mass = mass_of(mechanism, reach)
    table = {int(n): p for n, p in zip(noisy, mass, strict=True) if n >= threshold}
    return {None: 1 - sum(table.values()), **table}


def beyond(one, other, epsilon):
    """The least delta for which `one` is (epsilon, delta)-close to `other`: two keys' outcomes."""
    return sum(
        max(0.0, p * r - math.exp(epsilon) * other[0].get(a, 0) * other[1].get(b, 0))
        for a, p in one[0].items()
        for b, r in one[1].items()
    )


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
@pytest.mark.parametrize("delta", [Fraction(1, 100), Fraction(1, 10**5)])
@pytest.mark.parametrize("others", [1, 4])
def test_naming_keys_keeps_what_it_says(epsilon, delta, others):
    # One unit has a key of its own, and one that others have too: L1 is 2.
    noise = DiscreteLaplace(2 / Fraction(epsilon))
    threshold = threshold_for(noise, 1, delta)
    nobody = {None: 1.0}
    wide = [named(others + 1, noise, threshold), named(1, noise, threshold)]
    without = [named(others, noise, threshold), nobody]

    assert beyond(wide, without, epsilon) <= float(delta) + 1e-12
    assert beyond(without, wide, epsilon) <= float(delta) + 1e-12


def test_a_lower_threshold_would_not_keep_it():
    noise = DiscreteLaplace(Fraction(4))
    threshold = threshold_for(noise, 1, Fraction(1, 10**4)) - 1
    wide = [named(3, noise, threshold), named(1, noise, threshold)]

    assert beyond(wide, [named(2, noise, threshold), {None: 1.0}], 0.5) > 1e-4
