"""What may be spent under a cap, in the units of charges, rounded down."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from anonymizers.accounting.charges import (
    DELTA_UNITS,
    EPSILON_UNITS,
    LARGEST,
    RHO_UNITS,
    distance_delta,
)

_NARROWEST = 1e-13
"""How near the two ends of the bisection come to each other, relative to themselves."""


@dataclass(frozen=True)
class Limit:
    """What the sums of all charges under a cap may come to; `filters.fits` says how.

    Attributes:
        epsilon: while everything was pure, in units of 1e-9.
        rho: of everything, in units of 1e-12.
        delta: of samplers and thresholds, in units of 1e-21.
    """

    epsilon: int
    rho: int
    delta: int


@lru_cache(maxsize=1024)
def limit_of(epsilon: Fraction, delta: Fraction, periods: int = 1) -> Limit:
    """Return the limit that keeps all answers together within (epsilon, delta) for each period.

    Half of delta is there for samplers and thresholds, the other half for the conversion of rho.

    Several periods: rho of k periods is k times that of one, and never more than converts to
    (k epsilon, k delta / 2). Distances were charged for the epsilon of one period, or for
    `COUPLED_EPSILON`: where k epsilon is larger, delta shrinks by as much as they count more now.
    Periods are opened by people for need, not by what answers said: the guarantee is that of k
    periods meant from the start.

    Args:
        epsilon: of one period, above 0.
        delta: of one period, above 0 and below 1.
        periods: that were opened, the first included.
    """
    half, all_halves = delta / 2, min(periods * delta / 2, Fraction(1, 2))
    rho = min(periods * rho_within(epsilon, half), rho_within(periods * epsilon, all_halves))
    return Limit(
        _down(periods * epsilon, EPSILON_UNITS),
        _down(rho, RHO_UNITS),
        _down(all_halves / _growth(epsilon, periods * epsilon), DELTA_UNITS),
    )


def _growth(first: Fraction, last: Fraction) -> Fraction:
    """Return how many times more a distance counts under a larger epsilon."""
    return distance_delta(Fraction(1), last) / distance_delta(Fraction(1), first)


@lru_cache(maxsize=1024)
def rho_within(epsilon: Fraction, delta: Fraction) -> Fraction:
    """Return the largest rho whose zCDP is surely (epsilon, delta)-DP, rounded down to 1e-12.

    Bisects the scale s of a Gaussian of sensitivity 1, which is (1 / 2s^2)-zCDP, on OpenDP's own
    conversion. OpenDP rounds rho of a scale up and epsilon up, so that the exact 1 / 2s^2 of a
    scale that passes is on the safe side.

    Mind the size: (1, 1e-6) allows a rho of 0.0244, while one pure answer at epsilon 1 has a rho
    of 0.5. Without a branch for pure answers a budget wouldn't hold one answer of its own size.

    Args:
        epsilon: above 0.
        delta: above 0 and below 1.

    References:
        Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, 2020,
        proposition 7.
    """
    wide = 1.0
    while not _converts(wide, epsilon, delta):
        wide *= 2
    narrow = wide / 2
    while _converts(narrow, epsilon, delta):
        wide, narrow = narrow, narrow / 2
    while wide > narrow * (1 + _NARROWEST):
        middle = (wide + narrow) / 2
        if _converts(middle, epsilon, delta):
            wide = middle
        else:
            narrow = middle
    return Fraction(_down(1 / (2 * Fraction(wide) ** 2), RHO_UNITS), RHO_UNITS)


def _converts(scale: float, epsilon: Fraction, delta: Fraction) -> bool:
    """Answer whether a Gaussian of this scale and sensitivity 1 is (epsilon, delta)-DP by zCDP."""
    from opendp.combinators import make_zCDP_to_approxDP
    from opendp.domains import atom_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import absolute_distance
    from opendp.mod import OpenDPException, enable_features

    enable_features("contrib")
    space = atom_domain(T="i64"), absolute_distance(T="i64")
    gaussian: Any = make_zCDP_to_approxDP(make_gaussian(*space, scale=scale))
    try:
        converted = gaussian.map(1).epsilon(_float_below(delta))
    except OpenDPException:  # far too narrow: its epsilon is beyond what a float holds
        return False
    return Fraction(converted) <= epsilon


def _float_below(number: Fraction) -> float:
    """Return the next float that isn't above a number."""
    import math

    near = float(number)
    return near if Fraction(near) <= number else math.nextafter(near, 0.0)


def _down(amount: Fraction, units: int) -> int:
    """Return the largest number of units that isn't above the amount, and that a column holds."""
    return min(amount * units // 1, LARGEST)
