"""What one answer costs a cap: three integers, rounded up, so that sums stay exact and safe."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Self

EPSILON_UNITS = 10**9
"""Units of a charge in an epsilon of 1."""
RHO_UNITS = 10**12
"""Units of a charge in a rho of 1."""
DELTA_UNITS = 10**21
"""Units of a charge in a delta of 1."""
LARGEST = 2**63 - 1
"""The largest integer that the store's columns hold."""
COUPLED_EPSILON = 10
"""Distances of samplers are counted for budgets of this epsilon at least; see `distance_delta`."""

_FARTHEST = 300


class ChargeTooLargeError(ValueError):
    """A charge that no column of the store holds; no budget of use holds it either."""


@dataclass(frozen=True)
class Charge:
    """What was, or would be, taken from a budget.

    **Guarantee.** No charge is below what it stands for: parts of a unit are rounded up, each by
    itself, and sums of charges are exact.

    Attributes:
        epsilon: of pure mechanisms alone, in units of 1e-9; 0 to 2^63 - 1, as the others.
        rho: of zCDP, of every mechanism, in units of 1e-12.
        delta: of samplers and thresholds, in units of 1e-21.
        pure: whether everything in it was pure, delta aside; then epsilon says all of it.
    """

    epsilon: int
    rho: int
    delta: int
    pure: bool

    def __post_init__(self) -> None:
        """Check the ranges."""
        amounts = (self.epsilon, self.rho, self.delta)
        if min(amounts) < 0:
            raise ValueError("nothing is ever given back: charges are 0 or above")
        if max(amounts) > LARGEST:
            raise ChargeTooLargeError("this costs more than any budget can hold; ask for less")

    @classmethod
    def of_epsilon(cls, epsilon: Fraction, delta: Fraction) -> Self:
        """Price a pure mechanism: epsilon-DP is also (epsilon^2 / 2)-zCDP.

        Args:
            epsilon: above 0.
            delta: of thresholds, and the `pure_delta` of its sampler; 0 or above.

        References:
            Bun, Steinke: Concentrated Differential Privacy, 2016, proposition 1.4.
        """
        rho = _up(epsilon * epsilon / 2, RHO_UNITS)
        return cls(_up(epsilon, EPSILON_UNITS), rho, _up(delta, DELTA_UNITS), pure=True)

    @classmethod
    def of_rho(cls, rho: Fraction, delta: Fraction) -> Self:
        """Price a mechanism that is rho-zCDP and nothing purer.

        Args:
            rho: above 0.
            delta: of thresholds, and the `distance_delta` of its sampler; 0 or above.
        """
        return cls(0, _up(rho, RHO_UNITS), _up(delta, DELTA_UNITS), pure=False)

    def __add__(self, other: Charge) -> Charge:
        """Charge both: epsilon, rho and delta add up, whatever was asked in between."""
        return Charge(
            self.epsilon + other.epsilon,
            self.rho + other.rho,
            self.delta + other.delta,
            self.pure and other.pure,
        )


NOTHING = Charge(0, 0, 0, pure=True)
"""What is spent before anything was asked."""


def pure_delta(distance: Fraction, epsilon: Fraction) -> Fraction:
    """Return the delta of a pure answer whose noise isn't quite the ideal one.

    With real noise it is (epsilon, (1 + e^epsilon) * distance)-DP, epsilon its own.

    Args:
        distance: total variation of the whole answer: the sum over its values.
        epsilon: the answer's own price.
    """
    return distance * (1 + exp_up(epsilon))


def distance_delta(distance: Fraction, epsilon: Fraction) -> Fraction:
    """Return the delta that any answer's distance from ideal noise costs a budget.

    Real and ideal answers are exchanged on both of two neighbours; the second exchange stands
    under e^epsilon of the whole budget. Gaussian answers need this; for pure ones it is more than
    `pure_delta`, and as good.

    Args:
        distance: total variation of the whole answer: the sum over its values.
        epsilon: of the largest cap that it is charged to, all its periods together. What is below
            `COUPLED_EPSILON` counts as that, so that further periods don't outdate it.
    """
    return distance * (1 + exp_up(max(epsilon, Fraction(COUPLED_EPSILON))))


def exp_up(exponent: Fraction) -> Fraction:
    """Return e^exponent, rounded up: the exponent to an integer, the power in its 28th digit.

    From `_FARTHEST` on it stays the same: times any sampler's distance that is more than a charge
    holds.
    """
    context = Context(prec=28)
    whole = Decimal(min(-(-exponent // 1), _FARTHEST))
    return Fraction(context.next_plus(context.exp(whole)))


def _up(amount: Fraction, units: int) -> int:
    """Return the least number of units that isn't below the amount."""
    return -(-amount * units // 1)
