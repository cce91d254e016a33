"""Transforms of the two noises: their variances, characteristic and moment generating functions.

With x = 1 / (2 scale), a discrete Laplace variable N has

    E exp(itN) = 1 / (1 + (sin(t/2) / sinh(x))^2),
    E exp(sN)  = 1 / (1 - (sinh(s/2) / sinh(x))^2)  for |s| < 1 / scale,

the sums of its two geometric series. A discrete Gaussian's characteristic function is a quotient
of theta functions, by Poisson's summation the same as a sum of normal curves around the multiples
of 2 pi; both are positive everywhere. Its moment generating function is at most that of the
normal distribution with the same parameter.

References:
    Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, 2020 (section 2).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.noise.mechanisms import DiscreteLaplace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

UNREACHED = 1e200
"""In place of the logarithm of a moment that doesn't exist."""

_SHARPEST = 300.0
"""No 1 / (2 scale) beyond it: such noise is taken for one that differs from 0 once in e^600."""

_SERIES = np.arange(1, 9)
"""Terms that the theta series of a variance of 1 or less needs: the next is below 1e-17."""

_TINY = 1e-300


def variance_of(mechanism: Mechanism) -> float:
    """The variance of a noise; for the discrete Gaussian its parameter, which is no less."""
    if isinstance(mechanism, DiscreteLaplace):
        return 0.5 / math.sinh(_sharpness(mechanism)) ** 2
    return float(mechanism.variance)


def log_characteristic(mechanism: Mechanism, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of E exp(itN), to 1e-12 of the function itself."""
    if isinstance(mechanism, DiscreteLaplace):
        return -np.log1p((np.sin(t / 2) / math.sinh(_sharpness(mechanism))) ** 2)
    variance = float(mechanism.variance)
    curve = _theta(t, variance) if variance <= 1 else _curves(t, variance)
    return np.log(np.maximum(curve, _TINY))


def log_moment(mechanism: Mechanism, s: NDArray[np.float64]) -> NDArray[np.float64]:
    """An upper bound of the logarithm of E exp(sN), or `UNREACHED`; `s` is above 0."""
    if isinstance(mechanism, DiscreteLaplace):
        end = _sharpness(mechanism)
        last = end * (1 - 1e-9)  # so near the end 1 - ratio^2 loses digits
        ratio = np.sinh(np.minimum(s / 2, last)) / math.sinh(end)
        return np.where(s / 2 <= last, -np.log1p(-(ratio**2)), UNREACHED)
    return np.minimum(float(mechanism.variance) * s**2 / 2, UNREACHED)


def last_moment(mechanism: Mechanism) -> float:
    """Where moments end: 1 / scale of a discrete Laplace, never for a discrete Gaussian."""
    if isinstance(mechanism, DiscreteLaplace):
        return 2 * _sharpness(mechanism)
    return math.inf


def _sharpness(mechanism: DiscreteLaplace) -> float:
    # Wider than it is, where it is cut off: intervals only grow.
    scale = mechanism.scale
    return min(scale.denominator / (2 * scale.numerator), _SHARPEST)


def _theta(t: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    """The theta series term by term, for narrow noise."""
    weights = 2 * np.exp(-(_SERIES**2) / (2 * variance))
    curve: NDArray[np.float64] = (1 + np.cos(np.outer(t, _SERIES)) @ weights) / (1 + weights.sum())
    return curve


def _curves(t: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    """Three of Poisson's curves: the others are below 1e-19 for a variance above 1."""
    near = t - 2 * math.pi * np.rint(t / (2 * math.pi))
    shifts = 2 * math.pi * np.array([[-1.0], [0.0], [1.0]])
    curve: NDArray[np.float64] = np.exp(-variance * (near + shifts) ** 2 / 2).sum(axis=0)
    return curve / (1 + 2 * math.exp(-variance * (2 * math.pi) ** 2 / 2))
