from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.noise.exponentials import ONE, exp_minus
from anonymizers.noise.masses import LEAST, digit_masses, gaussian_masses, laplace_masses

RATES = st.fractions(min_value="1/2", max_value=2000, max_denominator=10**6)


def is_off(masses, exact):
    return sum(abs(mass - true) for mass, true in zip(masses, exact, strict=True))


@given(RATES, st.integers(min_value=1, max_value=300))
def test_a_digits_masses_are_powers(rate, count):
    masses = digit_masses(rate, count)
    assert len(masses) == count
    assert is_off(masses, [exp_minus(rate * n) for n in range(count)]) <= 4 * count**3


@given(RATES, RATES)
def test_a_signed_digits_masses_are_powers_on_both_sides(rate, step):
    masses, first = laplace_masses(rate, step)
    up = -first
    exact = [exp_minus(step + rate * n) for n in range(up)][::-1]
    exact += [exp_minus(rate * n) for n in range(up)]
    assert is_off(masses, exact) <= 4 * len(masses) ** 3
    assert exp_minus(rate * up) <= LEAST + up**2


@given(st.fractions(min_value="1/5000", max_value=3000, max_denominator=10**6))
def test_a_gaussians_masses_are_exponentials_of_squares(variance):
    masses = gaussian_masses(variance)
    exact = [exp_minus(n * n / (2 * variance)) for n in range(len(masses))]
    assert is_off(masses, exact) <= 4 * len(masses) ** 3
    assert exp_minus(len(masses) ** 2 / (2 * variance)) <= LEAST + len(masses) ** 3


@pytest.mark.parametrize("tiny", [Fraction(1, 10**6), Fraction(1, 10**40)])
def test_noise_far_below_a_unit_is_nothing(tiny):
    assert laplace_masses(1 / tiny, 1 / tiny) == ([0, ONE], -1)
    assert gaussian_masses(tiny) == [ONE]
