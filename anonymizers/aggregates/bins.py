"""Bins: equal steps between declared bounds, and the nodes above them."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_BINS = 1024
"""More would cost noise and time, and say little more."""


@dataclass(frozen=True)
class Bins:
    """Equal steps from `low` on; the last one ends at `high`.

    Attributes:
        low: the lower declared bound, in units; values below it count in the first bin.
        high: the upper declared bound, in units; values above it count in the last bin.
        width: of a bin, in units.
        branching: bins under one node; each record counts in its bin and in its node.
    """

    low: int
    high: int
    width: int
    branching: int

    def __post_init__(self) -> None:
        """Check that there is a bin, and that bins and nodes have a size."""
        if self.low > self.high or min(self.width, self.branching) < 1:
            raise ValueError("bins lie between ordered bounds and have a width")

    @property
    def count(self) -> int:
        """How many bins there are."""
        return (self.high - self.low) // self.width + 1

    @property
    def nodes(self) -> int:
        """How many nodes there are, the last one perhaps with fewer bins."""
        return -(-self.count // self.branching)

    def first(self, place: int) -> int:
        """The least value of a bin, in units."""
        return self.low + place * self.width

    def last(self, place: int) -> int:
        """The largest value of a bin, in units."""
        return min(self.first(place) + self.width - 1, self.high)


def bins_between(low: int, high: int) -> Bins:
    """Bins for values between declared bounds, chosen from the bounds alone.

    The width is the least of 1, 2, 5, 10, 20, 50, ... with which there are `MOST_BINS` at most:
    integers with few values, ages or days of three years, get a bin each. About as many bins stand
    under a node as there are nodes: then any sum of bins from the first on is a sum of few counts.

    Args:
        low: the lower bound, in units; a date counts in days since 1970-01-01.
        high: the upper bound, in units.

    Raises:
        ValueError: If `low` is above `high`.
    """
    width = _round(-(-(high - low + 1) // MOST_BINS))
    count = (high - low) // width + 1
    return Bins(low, high, width, math.isqrt(max(count - 1, 0)) + 1)


def _round(least: int) -> int:
    """The least of 1, 2, 5, 10, ... that isn't below."""
    step = int(10 ** (len(str(least)) - 1))
    return next(step * digit for digit in (1, 2, 5, 10) if step * digit >= least)
