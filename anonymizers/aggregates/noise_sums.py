"""How far a weighted sum of independent noises lies from 0, at a confidence.

Sought is a small h with P(|X| <= h) >= confidence. It is never less than the true one but for
`NUMERIC_ERROR` in probability: that is added to the confidence, and covers the rounding of floats
(about 1e-12) and what wraps around a period (1e-10). Of the three ways of `sum_bounds` the lattice
is exact, and serves where the weights' common step isn't too fine; the minorant is a thousandth
too wide and serves nearly everywhere else; Chernoff's bound is too wide by a third and serves
where confidences are closer to 1 than `CLOSEST`. A single noise has its own exact quantile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.aggregates.sum_bounds import WRAPPED, Sums, by_minorant, chernoff, on_lattice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

    Floats = NDArray[np.float64]

NUMERIC_ERROR = 1e-9
"""Added to the confidence: more than rounding and wrapping take from it."""

CLOSEST = 1e-7
"""Confidences closer to 1 have Chernoff's bound alone."""

_LONGEST = 2**15
_ALL_POINTS = 2**18


@dataclass(frozen=True)
class NoisePart:
    """Independent noises of one mechanism that enter a sum with one weight.

    Attributes:
        weight: of each; its sign doesn't matter.
        count: how many there are, 0 or more.
    """

    mechanism: Mechanism
    weight: Fraction
    count: int


def half_width_of_sum(parts: Sequence[NoisePart], confidence: Fraction) -> float:
    """A small h with P(|X| <= h) >= confidence, for the sum X of the parts.

    Args:
        parts: of the sum; without any it is 0.
        confidence: above 0 and below 1.

    Returns:
        h, 0 or more. Equal calls are answered from memory.

    Raises:
        ValueError: If the confidence is out of range, or a count is below 0.
    """
    return half_widths_of_sums((parts,), confidence)[0]


def half_widths_of_sums(
    sums: Sequence[Sequence[NoisePart]], confidence: Fraction
) -> tuple[float, ...]:
    """The half widths of many sums at once; see `half_width_of_sum`."""
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")
    return _half_widths(tuple(_plain(parts) for parts in sums), confidence)


def upper_quantile_of_sum(parts: Sequence[NoisePart], share: Fraction) -> float:
    """A small h with P(X <= h) >= share and P(X >= -h) >= share; above 1/2 and below 1.

    X is symmetric: P(X > h) is half of P(|X| > h).
    """
    return half_width_of_sum(parts, 2 * share - 1)


Piece = tuple["Mechanism", Fraction]
Plain = tuple[tuple[Piece, int], ...]


def _plain(parts: Sequence[NoisePart]) -> Plain:
    """Equal noises with equal weights together, nothing of weight 0."""
    counts: dict[Piece, int] = {}
    for part in parts:
        if part.count < 0:
            raise ValueError("there can't be fewer than no noises")
        if part.weight and part.count:
            piece = (part.mechanism, abs(part.weight))
            counts[piece] = counts.get(piece, 0) + part.count
    return tuple(counts.items())


@lru_cache(maxsize=1024)
def _half_widths(sums: tuple[Plain, ...], confidence: Fraction) -> tuple[float, ...]:
    different = list(dict.fromkeys(parts for parts in sums if parts))
    widths = dict(zip(different, _widths_of(different, confidence), strict=True))
    return tuple(widths.get(parts, 0.0) for parts in sums)


def _widths_of(all_parts: list[Plain], confidence: Fraction) -> list[float]:
    """For sums that are different and not empty."""
    if not all_parts:
        return []
    sums, tail = _sums_of(all_parts), float(1 - confidence)
    if tail <= CLOSEST:
        return [float(radius) for radius in chernoff(sums, (tail,))[0]]
    near, far = chernoff(sums, (tail - 2 * NUMERIC_ERROR, WRAPPED))
    return _inverted(all_parts, sums, (near, near + far), 1 - tail + NUMERIC_ERROR)


def _sums_of(all_parts: list[Plain]) -> Sums:
    places: dict[Piece, int] = {}
    for parts in all_parts:
        for piece, _ in parts:
            places.setdefault(piece, len(places))
    counts = np.zeros((len(all_parts), len(places)))
    for row, parts in enumerate(all_parts):
        for piece, count in parts:
            counts[row, places[piece]] = count
    return Sums(tuple(places), counts)


def _inverted(
    all_parts: list[Plain], sums: Sums, radii: tuple[Floats, Floats], confidence: float
) -> list[float]:
    """On a lattice what is coarse, by minorants the rest; no wider than Chernoff's."""
    near, periods = radii
    steps = [_step(parts) for parts in all_parts]
    longest = min(_LONGEST, _ALL_POINTS // len(steps))
    coarse = np.array([p < longest * step for p, step in zip(periods, steps, strict=True)])
    widths = near.copy()
    for rows in _alike(near, np.flatnonzero(~coarse)):
        widths[rows] = np.minimum(
            near[rows], by_minorant(sums.of(rows), periods[rows].max(), confidence)
        )
    exact = [Fraction(width) // step * step for width, step in zip(widths, steps, strict=True)]
    for row in np.flatnonzero(coarse):
        exact[row] = _exactly(all_parts[row], steps[row], periods[row], confidence)
    return [_up(width) for width in exact]


def _exactly(parts: Plain, step: Fraction, period: float, confidence: float) -> Fraction:
    multiples = np.array([int(weight / step) for (_, weight), _ in parts])
    one = _sums_of([parts])
    return on_lattice(one, multiples, math.ceil(period / step), confidence) * step


def _step(parts: Plain) -> Fraction:
    """The greatest number that all weights are multiples of: X is a multiple of it too."""
    below = math.lcm(*(weight.denominator for (_, weight), _ in parts))
    return Fraction(math.gcd(*(int(weight * below) for (_, weight), _ in parts)), below)


def _alike(widths: Floats, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows in groups whose widths are within a factor of 2."""
    octaves = np.floor(np.log2(widths[rows]))
    return [rows[octaves == octave] for octave in np.unique(octaves)]


def _up(exact: Fraction) -> float:
    """The float next to a number, never below it."""
    rounded = float(exact)
    return rounded if rounded >= exact else math.nextafter(rounded, math.inf)
