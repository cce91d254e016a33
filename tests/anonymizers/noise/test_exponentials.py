from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.noise.exponentials import ONE, exp_decimal, exp_minus

EXPONENTS = st.fractions(min_value=0, max_value=180, max_denominator=10**9)


def series(exponent, terms=400):
    """Return e^-exponent from the series of e^exponent, rounded down 200 digits below."""
    grid = 10**400
    whole = term = grid
    for place in range(1, terms):
        term = term * exponent.numerator // (exponent.denominator * place)
        whole += term
    return Fraction(grid, whole)


@pytest.mark.parametrize(
    "exponent", ["0", "1/1000000", "1/3", "1", "7/2", "42", "355/113", "1/4503599627370496"]
)
def test_exponentials_are_those_of_the_series(exponent):
    exponent = Fraction(exponent)
    true = series(exponent)
    assert abs(exp_minus(exponent) - true * ONE) <= 2
    assert abs(Fraction(exp_decimal(exponent)) - true) <= true * (exponent + 2) / 10**99


@given(EXPONENTS, EXPONENTS)
def test_the_exponential_of_a_sum_is_the_product(one, other):
    product = exp_minus(one) * exp_minus(other) // ONE
    assert abs(product - exp_minus(one + other)) <= 7


@pytest.mark.parametrize("exponent", [1001, 10**30, 10**400])
def test_what_is_far_away_is_nothing(exponent):
    assert exp_minus(Fraction(exponent)) == 0
