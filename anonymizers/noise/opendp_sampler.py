"""opendp's samplers: exact, with randomness of their own from the operating system."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizers.noise.mechanisms import DiscreteLaplace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism


class OpendpSampler:
    """Draws noise with opendp, which takes each step of it in exact fractions.

    It takes widths as floats: the next one at or above the exact width is used, so that the
    noise is at least as wide as was paid for (wider by one part in 2^52 at most).
    """

    name = "opendp"

    def draws(self, mechanism: Mechanism) -> bool:  # noqa: ARG002 - a Sampler's
        """Every mechanism, as wide as may be."""
        return True

    def draw(self, mechanism: Mechanism, count: int) -> NDArray[np.int64]:
        """Return independent values: (count,)."""
        noise = _measurement(mechanism)
        return np.array(noise(np.zeros(count, dtype=np.int64)), dtype=np.int64)

    def distance(self, mechanism: Mechanism) -> Fraction:  # noqa: ARG002 - a Sampler's
        """Nothing: the samplers are exact."""
        return Fraction(0)


def _measurement(mechanism: Mechanism) -> Any:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    integers = dp.vector_domain(dp.atom_domain(T="i64"))
    if isinstance(mechanism, DiscreteLaplace):
        width = float_at_least(mechanism.scale)
        return dp.m.make_laplace(integers, dp.l1_distance(T="i64"), scale=width)
    width = root_at_least(mechanism.variance)
    return dp.m.make_gaussian(integers, dp.l2_distance(T="f64"), scale=width)


def float_at_least(exact: Fraction) -> float:
    """Return the smallest float at or above a number."""
    near = float(exact)
    return near if Fraction(near) >= exact else math.nextafter(near, math.inf)


def root_at_least(square: Fraction) -> float:
    """Return a float at or above the root of a number, one or two floats away from it."""
    scaled = -(-square.numerator * 2**256 // square.denominator)
    return float_at_least(Fraction(math.isqrt(scaled) + 1, 2**128))
