"""How far a weighted sum of independent noises lies from 0, at a confidence.

Sought is a small h with P(|X| <= h) >= confidence. It is never too small: what the rounding of
floats (about 1e-12) and what wraps around a period (1e-10) take from a probability is less than
`NUMERIC_ERROR`, which is added to the confidence first. Of the three ways of `sum_bounds` the
lattice is exact, and serves where the weights' common step isn't too fine; the minorant is two
thousandths too wide (a hundredth, where a thousand sums are asked for at once), and serves nearly
everywhere else; Chernoff's bound is too wide by a third, and serves where confidences are closer
to 1 than `CLOSEST`. A single noise has its own exact quantile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.aggregates.sum_bounds import WRAPPED, Sums, by_minorant, chernoff, on_lattice
from anonymizers.noise.intervals import MOST_CONFIDENT, half_width

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
    pieces: dict[Piece, int] = {}
    rows = tuple(_row(parts, pieces) for parts in sums)
    return _half_widths(tuple(pieces), rows, confidence)


def upper_quantiles_of_sums(
    sums: Sequence[Sequence[NoisePart]], share: Fraction
) -> tuple[float, ...]:
    """For each sum a small h with P(X <= h) >= share, and so P(X >= -h) >= share.

    X is symmetric: P(X > h) is half of P(|X| > h).

    Args:
        sums: see `half_width_of_sum`.
        share: above 1/2 and below 1.

    Raises:
        ValueError: If the share is out of range, or a count is below 0.
    """
    return half_widths_of_sums(sums, 2 * share - 1)


Piece = tuple["Mechanism", Fraction]
Row = tuple[tuple[int, int], ...]
"""A sum: places of its pieces, with how many noises of each."""


def _row(parts: Sequence[NoisePart], pieces: dict[Piece, int]) -> Row:
    """Equal noises with equal weights together, nothing of weight 0; new pieces get a place."""
    counts: dict[int, int] = {}
    for part in parts:
        if part.count < 0:
            raise ValueError("there can't be fewer than no noises")
        if part.weight and part.count:
            place = pieces.setdefault((part.mechanism, abs(part.weight)), len(pieces))
            counts[place] = counts.get(place, 0) + part.count
    return tuple(counts.items())


@lru_cache(maxsize=1024)
def _half_widths(
    pieces: tuple[Piece, ...], rows: tuple[Row, ...], confidence: Fraction
) -> tuple[float, ...]:
    several = [row for row in dict.fromkeys(rows) if not _is_easy(row, confidence)]
    widths = dict(zip(several, _widths_of(pieces, several, confidence), strict=True))
    return tuple(
        widths[row] if row in widths else _easy_width(pieces, row, confidence) for row in rows
    )


def _is_easy(row: Row, confidence: Fraction) -> bool:
    """Whether there is no noise, or a single one whose quantile is known."""
    noises = sum(count for _, count in row)
    return noises == 0 or (noises == 1 and confidence <= MOST_CONFIDENT)


def _easy_width(pieces: tuple[Piece, ...], row: Row, confidence: Fraction) -> float:
    single = (pieces[place] for place, _ in row)
    return sum((_up(half_width(noise, confidence) * weight) for noise, weight in single), 0.0)


def _widths_of(pieces: tuple[Piece, ...], rows: list[Row], confidence: Fraction) -> list[float]:
    """For sums that are different, of several noises each."""
    if not rows:
        return []
    sums, tail = _sums_of(pieces, rows), float(1 - confidence)
    if tail <= CLOSEST:
        return [float(radius) for radius in chernoff(sums, (tail,))[0]]
    near, far = chernoff(sums, (tail - 2 * NUMERIC_ERROR, WRAPPED))
    steps = [_step([pieces[place][1] for place, _ in row]) for row in rows]
    return _inverted(sums, steps, (near, near + far), 1 - tail + NUMERIC_ERROR)


def _sums_of(pieces: tuple[Piece, ...], rows: list[Row]) -> Sums:
    counts = np.zeros((len(rows), len(pieces)))
    for number, row in enumerate(rows):
        for place, count in row:
            counts[number, place] = count
    return Sums(pieces, counts)


def _inverted(
    sums: Sums, steps: list[Fraction], radii: tuple[Floats, Floats], confidence: float
) -> list[float]:
    """On a lattice what is coarse, by minorants the rest; no wider than Chernoff's."""
    near, periods = radii
    longest = min(_LONGEST, _ALL_POINTS // len(steps))
    coarse = np.array([p < longest * step for p, step in zip(periods, steps, strict=True)])
    widths = near.copy()
    for rows in _alike(near, np.flatnonzero(~coarse)):
        found = by_minorant(sums.of(rows), periods[rows].max(), confidence)
        widths[rows] = np.minimum(near[rows], found)
    exact = [Fraction(width) // step * step for width, step in zip(widths, steps, strict=True)]
    for row in np.flatnonzero(coarse).tolist():
        period = math.ceil(periods[row] / steps[row])
        exact[row] = (
            on_lattice(sums.of(np.array([row])), steps[row], period, confidence) * steps[row]
        )
    return [_up(width) for width in exact]


def _step(weights: list[Fraction]) -> Fraction:
    """The greatest number that all weights are multiples of: so is their sum."""
    below = math.lcm(*(weight.denominator for weight in weights))
    multiples = (weight.numerator * (below // weight.denominator) for weight in weights)
    return Fraction(math.gcd(*multiples), below)


def _alike(widths: Floats, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows in groups whose widths are within a factor of 2."""
    octaves = np.floor(np.log2(widths[rows]))
    return [rows[octaves == octave] for octave in np.unique(octaves)]


def _up(exact: Fraction) -> float:
    """The float next to a number, never below it."""
    rounded = float(exact)
    return rounded if rounded >= exact else math.nextafter(rounded, math.inf)
