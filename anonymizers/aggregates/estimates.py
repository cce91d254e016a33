"""Estimates: what noisy values say about a quantity, with the interval that covers it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Estimate:
    """A value and the interval that covers the true one at a confidence.

    What is covered is the quantity of the records that count, bounded and clipped as declared;
    not what bounding leaves out.

    Attributes:
        value: in the interval.
        low: the interval's lower end; it belongs to the interval.
        high: the interval's upper end, likewise.
    """

    value: Fraction
    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        """Check that the value is in the interval."""
        if not self.low <= self.value <= self.high:
            raise ValueError("an estimate lies within its interval")


def anything_between(low: int, high: int) -> Estimate:
    """The estimate of who knows only the declared bounds: their middle, and all between them."""
    return Estimate(Fraction(low + high, 2), Fraction(low), Fraction(high))
