from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from anonymizers.noise.quantiles import normal_quantile

GRID = 10**120


def arctangent(part):
    return sum(
        Fraction((-1) ** n * GRID // ((2 * n + 1) * part ** (2 * n + 1)), GRID) for n in range(400)
    )


def inside(z):
    """Return P(|N| <= z) by the alternating series, in 150 digits; pi by Machin's formula."""
    with localcontext(prec=150):
        z = Decimal(z.numerator) / z.denominator
        pi = 16 * arctangent(5) - 4 * arctangent(239)
        term, total = z, Decimal(0)
        for n in range(500):
            total += term / (2 * n + 1)
            term *= -z * z / (2 * (n + 1))
        return Fraction(total * (2 / (Decimal(pi.numerator) / pi.denominator)).sqrt())


@given(st.fractions(min_value="1/1000", max_value="999999/1000000", max_denominator=10**6))
def test_quantiles_are_those_of_the_normal_distribution(confidence):
    expected = norm.isf(float((1 - confidence) / 2))
    assert float(normal_quantile(confidence)) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    "confidence", ["1/10", "95/100", "99999/100000", "999999999999/1000000000000"]
)
def test_quantiles_are_above_the_true_ones_by_next_to_nothing(confidence):
    confidence = Fraction(confidence)
    found = normal_quantile(confidence)
    assert inside(found) > confidence > inside(found - Fraction(1, 10**48))
