"""The two mechanisms of aggregates, over integers: discrete Laplace and discrete Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from fractions import Fraction

WIDEST = 2**52
"""The largest scale, and the square root of the largest variance, that samplers draw."""


class NoiseTooWideError(ValueError):
    """The noise asked for is wider than samplers draw; its answer would say nothing."""


@dataclass(frozen=True)
class DiscreteLaplace:
    """P(x) proportional to exp(-|x| / scale), over all integers.

    Attributes:
        scale: above 0, `WIDEST` at most. With L1 sensitivity s, a scale of s / epsilon is
            epsilon-differentially private.

    References:
        Ghosh, Roughgarden, Sundararajan: Universally utility-maximizing privacy mechanisms, 2009.
    """

    scale: Fraction
    name: ClassVar[str] = "discrete laplace"

    def __post_init__(self) -> None:
        """Check the range of the scale."""
        _check(self.scale, WIDEST)


@dataclass(frozen=True)
class DiscreteGaussian:
    """P(x) proportional to exp(-x^2 / (2 variance)), over all integers.

    Attributes:
        variance: above 0, `WIDEST` squared at most. With L2 sensitivity s, a variance of
            s^2 / (2 rho) is rho-zCDP.

    References:
        Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, 2020.
    """

    variance: Fraction
    name: ClassVar[str] = "discrete gaussian"

    def __post_init__(self) -> None:
        """Check the range of the variance."""
        _check(self.variance, WIDEST**2)


Mechanism = DiscreteLaplace | DiscreteGaussian


def _check(width: Fraction, most: int) -> None:
    if width <= 0:
        raise ValueError("noise has a width above 0")
    if width > most:
        raise NoiseTooWideError("the noise is too wide to be drawn: ask for more")
