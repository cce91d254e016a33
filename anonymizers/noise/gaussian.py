"""The discrete Gaussian from tables: one, or a sum of several for wide noise.

Let X = X1 + k * X2 with independent discrete Gaussians of variances v1 and v2 (parameters, as in
`mechanisms`), and v = v1 + k^2 v2. Completing the square in j,

    P(X = x) ~ sum over j of exp(-(x - k j)^2 / 2 v1 - j^2 / 2 v2)
             = exp(-x^2 / 2 v) * sum over j of exp(-(j - c x)^2 / 2 w),

with c = k v2 / v and w = v1 v2 / v. By Poisson summation the second sum is

    sqrt(2 pi w) * (1 + 2 * sum over n >= 1 of exp(-2 pi^2 n^2 w) cos(2 pi n c x)),

which is constant up to a factor within 1 - h and 1 + h, where h = 2 r / (1 - r) and
r = exp(-2 pi^2 w). Normalized, the probabilities of X are those of the discrete Gaussian of
variance v times a factor within (1 - h) / (1 + h) and (1 + h) / (1 - h), so that the distance
between the two is at most h / (1 - h).

Here v1 = 256^2, k = 100 and v > 400^2, so that v2 = (v - v1) / k^2 > 9 and w > 3.8: h < 2^-107.
What is counted is computed from w. X2 is drawn the same way while it is wide, and its distance is
added.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from anonymizers.noise.exponentials import ONE, exp_minus
from anonymizers.noise.masses import gaussian_masses
from anonymizers.noise.tables import Table, make_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import DiscreteGaussian

_NARROW = 400**2
"""The largest variance of one table, which has 8192 columns."""
_FINE = Fraction(256**2)
_STEP = 100
_TWO_PI_SQUARED = Fraction(197392, 10000)
"""A little below 2 pi^2 = 19.73920880..."""


@dataclass(frozen=True, eq=False)
class GaussianTables:
    """What one draw takes: a word for each part.

    Attributes:
        parts: the coarsest first; each is added to `_STEP` times what came before.
        distance: total variation of one value from the exact distribution, at most.
    """

    parts: tuple[Table, ...]
    distance: Fraction

    def draw(self, words: Callable[[], NDArray[np.uint64]]) -> NDArray[np.int64]:
        """Return one value for each word of an array.

        The coarsest part has a deviation of 400 at most and lies within 10 of them, as do the
        finer ones: with the variances' sum at most 2^104, no value reaches 2^57.

        Args:
            words: gives fresh uniform words, always as many.
        """
        coarsest, *finer = self.parts
        values = coarsest.look_up(words())
        for table in finer:
            values *= _STEP
            values += table.look_up(words())
        return values


@lru_cache(maxsize=64)
def gaussian_tables(mechanism: DiscreteGaussian) -> GaussianTables:
    """Make the tables of a discrete Gaussian; those of the finer parts are shared."""
    variance, mixing, finer = mechanism.variance, Fraction(0), 0
    while variance > _NARROW:
        rest = (variance - _FINE) / _STEP**2
        mixing += mixture_distance(_FINE * rest / variance)
        variance, finer = rest, finer + 1
    parts = (_table(variance), *(_fine_table() for _ in range(finer)))
    return GaussianTables(parts, mixing + sum((part.distance for part in parts), Fraction(0)))


def mixture_distance(width: Fraction) -> Fraction:
    """Return h / (1 - h) for the width w, rounded up."""
    ratio = Fraction(exp_minus(_TWO_PI_SQUARED * width) + 2, ONE)
    most = 2 * ratio / (1 - ratio)
    return Fraction(-(-(most / (1 - most)) * ONE // 1), ONE)


@lru_cache(maxsize=1)
def _fine_table() -> Table:
    return _table(_FINE)


def _table(variance: Fraction) -> Table:
    half = gaussian_masses(variance)
    return make_table([*reversed(half), *half[1:]], 1 - len(half))
