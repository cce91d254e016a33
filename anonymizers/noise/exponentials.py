"""Exponentials: as decimals of a hundred digits, and in fixed point of 256 bits."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

BITS = 256
ONE = 1 << BITS
"""The number 1 in fixed point."""

DIGITS = 100

_FARTHEST = 1000
"""Beyond it e^-x is below 2^-1442: nothing in fixed point."""


def exp_minus(exponent: Fraction) -> int:
    """Return e^-exponent in units of 1 / `ONE`, at most 2 units off.

    Args:
        exponent: 0 at least.
    """
    if exponent > _FARTHEST:
        return 0
    return int(Context(prec=DIGITS).multiply(exp_decimal(exponent), Decimal(ONE)))


def exp_decimal(exponent: Fraction) -> Decimal:
    """Return e^-exponent with a relative error below (exponent + 2) * 10^-99.

    The standard library rounds exponentials correctly; what else is lost is one rounding of the
    exponent itself.

    Args:
        exponent: 0 at least.
    """
    context = Context(prec=DIGITS)
    exact = context.divide(Decimal(exponent.numerator), Decimal(exponent.denominator))
    return context.exp(context.minus(exact))
