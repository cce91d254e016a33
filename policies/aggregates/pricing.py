"""Prices: how much of a request's total each component gets, and the noise that buys.

Guarantee: with a price of its own, each component is epsilon-differentially private (discrete
Laplace of scale L1 / epsilon) or rho-zCDP (discrete Gaussian of variance L2^2 / (2 rho)). Both
add up over the components, so the parts of a total never cost more than the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from anonymizers.accounting.charges import EPSILON_UNITS, RHO_UNITS
from anonymizers.aggregates.thresholds import threshold_for
from anonymizers.noise.intervals import gaussian_within, laplace_within
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from policies.aggregates.components import Component, Price
from policies.aggregates.grids import GRIDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anonymizers.noise.mechanisms import Mechanism
    from policies.aggregates.grids import Accuracy
    from policies.aggregates.vectors import Vector
    from policies.documents import AggregateBudget

    RhoWithin = Callable[[Fraction, Fraction], Fraction]

CONFIDENCE = Fraction(95, 100)
"""Of the intervals that a `half_width` speaks of."""


@dataclass(frozen=True)
class Limits:
    """A policy's own budget: what prices are compared by.

    Attributes:
        rho: 0 where the policy takes none.
    """

    epsilon: Fraction
    rho: Fraction

    @classmethod
    def of(cls, budget: AggregateBudget, rho_within: RhoWithin) -> Limits:
        """Take a policy's budget, and what says how much zCDP fits into it."""
        epsilon = Fraction(str(budget.epsilon))
        if not budget.offers_rho:
            return cls(epsilon, Fraction(0))
        return cls(epsilon, rho_within(epsilon, Fraction(str(budget.delta))))

    def allow(self, noise: Noise) -> bool:
        """Answer whether one component of that price fits into the whole budget at all."""
        pure = noise.epsilon
        if pure is not None and pure <= self.epsilon:
            return True
        rho = noise.rho if pure is None else pure**2 / 2
        return rho is not None and rho <= self.rho


@dataclass(frozen=True)
class Noise:
    """What is drawn for a component, and what it costs."""

    mechanism: Mechanism
    epsilon: Fraction | None = None
    rho: Fraction | None = None

    @property
    def price(self) -> str:
        """The price in words."""
        named = ("epsilon", self.epsilon) if self.rho is None else ("rho", self.rho)
        return f"{named[0]} {float(named[1] or 0):.4g}"


def noise_of(
    vectors: Sequence[Vector], accuracy: Accuracy, amount: Fraction, limits: Limits
) -> list[Noise]:
    """Return the noise of each component of a request.

    Args:
        vectors: each once, at least one.
        accuracy: what the request says: a price (`epsilon`, `rho`), or a `half_width`.
        amount: of that.
        limits: the policy's budget, which decides what is cheaper for a half-width.

    Raises:
        NoiseTooWideError: a price buys noise wider than samplers draw.
    """
    if accuracy == "half_width":
        return [for_half_width(vector, amount, limits) for vector in vectors]
    return share_evenly(vectors, accuracy, amount)


def share_evenly(vectors: Sequence[Vector], accuracy: Accuracy, total: Fraction) -> list[Noise]:
    """Return the noise of components that share a total evenly.

    Args:
        vectors: each once, at least one.
        accuracy: `epsilon` or `rho`.
        total: of all of them together.

    Raises:
        NoiseTooWideError: a share buys noise wider than samplers draw.
    """
    noise, units = (for_epsilon, EPSILON_UNITS) if accuracy == "epsilon" else (for_rho, RHO_UNITS)
    # In whole units of charges, rounded down: shares that charges round up would pass the total.
    share = Fraction(total * units // len(vectors), units)
    return [noise(vector, share) for vector in vectors]


def for_epsilon(vector: Vector, epsilon: Fraction) -> Noise:
    """Return discrete Laplace noise at that price; raises NoiseTooWideError."""
    return Noise(DiscreteLaplace(vector.sensitivity.l1 / epsilon), epsilon=epsilon)


def for_rho(vector: Vector, rho: Fraction) -> Noise:
    """Return discrete Gaussian noise at that price; raises NoiseTooWideError."""
    return Noise(DiscreteGaussian(vector.sensitivity.l2_squared / (2 * rho)), rho=rho)


def for_half_width(vector: Vector, width: Fraction, limits: Limits) -> Noise:
    """Return the cheaper noise whose interval is at most that wide to either side.

    Cheaper is what takes the smaller share of the policy's own budget. Prices are rounded up to
    the public grid, so that the noise is never wider than asked for.

    Args:
        vector: of counts or sums.
        width: in what the value is measured in.
        limits: the policy's budget; a rho of 0 lets no Gaussian noise in.

    Raises:
        NoiseTooWideError: the cheapest price of the grid buys noise wider than samplers draw.
    """
    units, moved = int(width * vector.unit), vector.sensitivity
    scale = laplace_within(units, CONFIDENCE).scale
    variance = gaussian_within(units, CONFIDENCE).variance
    epsilon = GRIDS["epsilon"].up(moved.l1 / scale)
    rho = GRIDS["rho"].up(moved.l2_squared / (2 * variance))
    if rho * limits.epsilon < epsilon * limits.rho:
        return for_rho(vector, rho)
    return for_epsilon(vector, epsilon)


def priced(vector: Vector, noise: Noise) -> Component:
    """Return the component that a vector becomes with its noise."""
    return Component(
        statistic=vector.statistic,
        group_by=vector.group_by,
        where=vector.where,
        sensitivity=vector.sensitivity,
        mechanism=noise.mechanism,
        price=Price(noise.epsilon, noise.rho, vector.delta),
        amounts=vector.amounts,
        bins=vector.bins,
        codes=vector.codes,
        known=vector.known,
        threshold=_threshold(vector, noise) if vector.delta else None,
    )


def _threshold(vector: Vector, noise: Noise) -> int:
    """Return the noisy people from which on a private key is named."""
    return threshold_for(noise.mechanism, vector.sensitivity.cells, vector.delta)
