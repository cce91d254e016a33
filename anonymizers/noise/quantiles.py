"""Quantiles of the normal distribution, to fifty digits."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist

_DIGITS = 80
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
_OFF = Decimal("1e-50")


@lru_cache(maxsize=64)
def normal_quantile(confidence: Fraction) -> Fraction:
    """Return a z with P(|N| <= z) >= confidence, above the smallest by less than 10^-48.

    Newton's method doubles the digits that are right with each step, and starts from a float.

    Args:
        confidence: above 0, 1 - 10^-12 at most.
    """
    exact = Context(prec=_DIGITS)
    wanted = exact.divide(Decimal(confidence.numerator), Decimal(confidence.denominator))
    z = Decimal(NormalDist().inv_cdf(float((1 + confidence) / 2)))
    for _ in range(4):
        inside, density = _inside(z)
        over = exact.divide(exact.subtract(inside, wanted), exact.multiply(density, 2))
        z = exact.subtract(z, over)
    return Fraction(exact.add(z, _OFF))


def _inside(z: Decimal) -> tuple[Decimal, Decimal]:
    """Return P(|N| <= z), and the density at z.

    P = 2 * density * (z + z^3 / 3 + z^5 / (3 * 5) + ...): no term is negative, so nothing cancels.
    """
    exact = Context(prec=_DIGITS)
    square = exact.multiply(z, z)
    density = exact.divide(
        exact.exp(exact.divide(square, Decimal(-2))), exact.sqrt(exact.multiply(_PI, 2))
    )
    term, total, odd = z, Decimal(0), 1
    while term > _OFF * _OFF:
        total, odd = exact.add(total, term), odd + 2
        term = exact.divide(exact.multiply(term, square), Decimal(odd))
    return exact.multiply(exact.multiply(density, 2), total), density
