"""Means: from a noisy sum of values less an offset, and a noisy count of the values.

With S the sum of (value - offset) over the n known values of a cell, the mean is offset + S / n.
The offset, a public number about the middle of the bounds, halves the sum's noise where values
are all on one side of 0.

**The interval.** Each of the two noises leaves its own interval with probability
(1 - confidence) / 2 at most, so both hold at once with the confidence stated (Bonferroni; the
noises needn't be independent). Over the box of all (S, n) in both, S / n is largest and smallest
in corners, as it is monotone in each while n is above 0. A mean of clipped values lies between
the bounds, so the interval may be cut at them. Where the count's interval reaches 0, the whole
range is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from anonymizers.aggregates.estimates import Estimate, anything_between
from anonymizers.noise.intervals import half_width

if TYPE_CHECKING:
    from anonymizers.noise.mechanisms import Mechanism


@dataclass(frozen=True)
class Noisy:
    """An integer with noise, and the noise's mechanism."""

    value: int
    mechanism: Mechanism

    def ends(self, confidence: Fraction) -> tuple[int, int]:
        """The interval that covers the integer without noise."""
        width = half_width(self.mechanism, confidence)
        return int(self.value) - width, int(self.value) + width


def mean_of(
    centred_sum: Noisy,
    count: Noisy,
    bounds: tuple[int, int],
    confidence: Fraction,
    *,
    offset: int = 0,
) -> Estimate:
    """The mean of a cell's values, in units.

    Args:
        centred_sum: of the values, clipped to the bounds, less the offset each, in units.
        count: of the values.
        bounds: the lower and the upper declared bound, in units.
        confidence: above 0 and below 1.
        offset: what was taken from each value, in units.

    Returns:
        The quotient and its interval; the bounds where the count may be 0.

    Raises:
        ValueError: If the confidence is out of range, or the bounds are in the wrong order.
    """
    low, high = bounds
    if low > high:
        raise ValueError("the lower bound is above the upper one")
    each = (1 + confidence) / 2
    sums, counts = centred_sum.ends(each), count.ends(each)
    if counts[0] <= 0:
        return anything_between(low, high)
    corners = [Fraction(s, n) for s, n in product(sums, counts)]
    middle = Fraction(int(centred_sum.value), int(count.value))
    return Estimate(
        *(_clipped(offset + x, low, high) for x in (middle, min(corners), max(corners)))
    )


def _clipped(value: Fraction, low: int, high: int) -> Fraction:
    return min(max(value, Fraction(low)), Fraction(high))
