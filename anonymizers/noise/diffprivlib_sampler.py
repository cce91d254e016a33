"""diffprivlib's geometric mechanism, behind guards.

Only `Geometric` is used, on the value 0, with sensitivity 1 and epsilon = 1 / scale: its other
mechanisms answer floats whose low bits, or draw values in a time which, tell what was hidden. It
brings its own randomness, the operating system's, because it is never given a seed.

**How far it is from the exact distribution.** It draws u = |U - 1/2| (1 + e^-epsilon) with U
uniform on whole numbers of 2^-53, and answers floor(ln(u) / -epsilon) with U's side as its sign.
Exact numbers in place of these would be right: P(|X| >= n) = P(u <= e^(-epsilon n)). It differs

- by the grid: the number of grid points below each boundary is off by one at most, on each side
  and for each n with e^(-epsilon n) > 2^-54, which are 37.5 scale + 1 at most; all beyond them is
  off by less than 2^-53;
- by rounding: with each of (1 + e^-epsilon), the product, the division and epsilon itself off by
  2^-53, and the logarithm by 2^-50 of itself, boundaries move by at most a part
  (4 + 10 epsilon n) 2^-53 of e^(-epsilon n); the sum of those over n is at most
  (4 + 10) (scale + 1) 2^-53 on each side.

The distance is at most the sum over all boundaries of what lies wrongly beyond them: together
below 2 * (37.5 + 14 + 1) (scale + 1) 2^-53 < (scale + 1) 2^-46. The draw U = 1/2 has no logarithm;
it is drawn again, which is off by 2^-53 more and within that bound.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.noise.mechanisms import DiscreteLaplace

if TYPE_CHECKING:
    from diffprivlib.mechanisms import Geometric
    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

_WIDEST = 2**14
_NARROWEST = Fraction(1, 500)
"""Of scales: below it e^-epsilon leaves the floats."""
_OFF = Fraction(1, 2**46)


class DiffprivlibSampler:
    """Draws the discrete Laplace with diffprivlib, value by value."""

    name = "diffprivlib"

    def draws(self, mechanism: Mechanism) -> bool:
        """Only the discrete Laplace, of scales whose distance stays below 2^-31."""
        return isinstance(mechanism, DiscreteLaplace) and (_NARROWEST <= mechanism.scale <= _WIDEST)

    def draw(self, mechanism: Mechanism, count: int) -> NDArray[np.int64]:
        """Return independent values: (count,).

        Raises:
            ValueError: it doesn't draw this mechanism.
        """
        from diffprivlib.mechanisms import Geometric

        noise = Geometric(epsilon=_float_at_most(1 / self._checked(mechanism).scale), sensitivity=1)
        return np.fromiter((_one(noise) for _ in range(count)), dtype=np.int64, count=count)

    def distance(self, mechanism: Mechanism) -> Fraction:
        """Return the total variation of one value from the exact distribution, at most.

        Raises:
            ValueError: it doesn't draw this mechanism.
        """
        return (self._checked(mechanism).scale + 1) * _OFF

    def _checked(self, mechanism: Mechanism) -> DiscreteLaplace:
        if isinstance(mechanism, DiscreteLaplace) and self.draws(mechanism):
            return mechanism
        raise ValueError("diffprivlib draws the discrete Laplace alone, of scales up to 16384")


def _one(noise: Geometric) -> int:
    """Draw one value; again where the logarithm of 0 was taken."""
    with np.errstate(divide="ignore"):
        try:
            return int(noise.randomise(0))
        except OverflowError:
            return _one(noise)


def _float_at_most(exact: Fraction) -> float:
    near = float(exact)
    return near if Fraction(near) <= exact else math.nextafter(near, 0.0)
