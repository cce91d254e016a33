"""Noise: amounts with discrete Laplace noise, clipped to declared bounds before and after.

The sampler. Let q = e^(-1/t) for a scale of t units. A geometric number G, P(G = n) = (1-q) q^n,
has independent binary digits: digit i is 1 with probability p_i = q^(2^i) / (1 + q^(2^i)). For the
generating function of independent digits is the product of (1 + q^(2^i) z^(2^i)) / (1 + q^(2^i)),
and (1 - qz) times the numerators up to digit m telescopes to 1 - (qz)^(2^(m+1)), which goes to 1:
so the product is (1-q) / (1-qz), that of G. The difference of two such numbers is discrete
Laplace: P(n) = (1-q)/(1+q) q^|n|. Each digit is one word compared with floor(2^64 p_i), computed
in decimal arithmetic of 60 digits; digits whose threshold is 0 are left out. So the noise is at
most 2 x 64 x 2^-64 = 2^-57 (statistical distance) from exact, and no float touches a value.

References:
    A. Ghosh, T. Roughgarden, M. Sundararajan, "Universally utility-maximizing privacy mechanisms",
    SIAM J. Comput. 41 (2012); C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian for
    differential privacy", NeurIPS 2020; K. Chatzikokolakis et al., "Broadening the scope of
    differential privacy using metrics", PETS 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.streams import WORD_BITS, random_words
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.transforms.grids import Grid
    from anonymizers.transforms.watches import Watch

MOST_UNITS = 10**12  # of a scale: its noise stays below 2^47 units
_DIGITS = 60


@dataclass(frozen=True)
class Noise(Transform):
    """Adds discrete Laplace noise to each number.

    Guarantee:
        Of one value of one person, seen in this column alone: two candidates a and b explain what
        is released with probabilities that differ by a factor of at most e^(|a-b|/scale), up to
        2^-56, with bounds or without them (clipping is post-processing). The same person's same
        value under the same scale has the same noise in every release to a partner,
        so that asking again averages nothing away.

    Does not protect:
        This is no differential privacy guarantee for the extract: that somebody is in it, and
        all other columns, leave as the policy says. Each further scale, each corrected value and
        each further partner is one more draw: n of them together narrow the value by about the
        square root of n, two colluding partners by 1.4. (Same noise for all would let partners
        join their files on equal values.) Noise scaled from the same draw would be worse: two
        scales would give the value away exactly. One draw in every release has its price as well:
        a noised value is nearly as rare as a true one, and joins one partner's files on the same
        people, of other agreements and epochs too, whose tokens are meant not to be joined.

    References:
        Above, beside the sampler.

    Attributes:
        scale: of the noise, in units of the grid, 1 to 10^12; its standard deviation is about
            1.4 times that.
        first, last: bounds, in units, that values are clipped to before and after.
        grid: what a unit of the column is.
    """

    scale: int
    first: int
    last: int
    grid: Grid
    action: ClassVar[str] = "noise"
    types: ClassVar[tuple[str, ...]] = ("integer", "decimal")
    joins_files: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change; equal people and values have equal noise."""

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            units, present = self.grid.units(values)
            clipped = np.clip(units, self.first, self.last)
            noised = clipped + discrete_laplace(start.key, people, clipped, self.scale)
            bounded = np.clip(noised, self.first, self.last)
            return self.grid.values(bounded, present, values.type)

        return change

    @property
    def draw(self) -> str:
        """The scale: two scales must not share a draw. Not the bounds, or new ones would be one."""
        return f"{self.scale} units of {self.grid.text(1)}"

    @property
    def parameters(self) -> Mapping[str, object]:
        """The noise, as text in the column's own numbers."""
        first, last = self.grid.text(self.first), self.grid.text(self.last)
        scale, unit = self.grid.text(self.scale), self.grid.text(1)
        return {
            "distribution": "discrete laplace",
            "scale": scale,
            "unit": unit,
            "bounds": [first, last],
        }

    def describe(self) -> str:
        """Say which noise, and what it isn't."""
        first, last = self.grid.text(self.first), self.grid.text(self.last)
        return (
            f"discrete Laplace noise of scale {self.grid.text(self.scale)} added, then limited to "
            f"{first} to {last}; no differential privacy guarantee for the file"
        )

    def watch(self) -> Watch:
        """Watch that the bounds hold."""
        return EachValue(self._is_within)

    def _is_within(self, text: str) -> bool:
        units = self.grid.read(text)
        return units is not None and self.first <= units <= self.last


def discrete_laplace(
    key: bytes, people: pa.Array, values: NDArray[np.int64], scale: int
) -> NDArray[np.int64]:
    """Return one draw for each row, decided by key, person and value.

    Args:
        key: 32 bytes.
        people: (n,) roots, binary(16).
        values: (n,) in units.
        scale: in units, 1 to 10^12.
    """
    drawn = np.zeros(len(values), dtype=np.int64)
    words = random_words(key, people, values)
    for place, limit in enumerate(digit_thresholds(scale)):
        plus, minus = next(words)
        drawn += ((plus < limit).astype(np.int64) - (minus < limit)) << place
    return drawn


@lru_cache(maxsize=64)
def digit_thresholds(scale: int) -> tuple[np.uint64, ...]:
    """Return floor(2^64 / (1 + e^(2^i / scale))) for each digit i, up to the last above 0."""
    if not 1 <= scale <= MOST_UNITS:
        raise ValueError(f"a scale of noise is 1 to {MOST_UNITS} units, not {scale}")
    limits: list[np.uint64] = []
    with localcontext(prec=_DIGITS):
        while limit := int(2**WORD_BITS / (1 + (Decimal(2 ** len(limits)) / scale).exp())):
            limits.append(np.uint64(limit))
    return tuple(limits)
