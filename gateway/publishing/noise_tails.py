"""How far sums and differences of noisy counts may be from their truth.

A report knows of the noise what an answer says: its mechanism, and the half-width h of the exact
95 % interval, the smallest integer that the noise exceeds in at most one of twenty cases. From
that follows the widest noise with this h, and every bound here is of that one, so it is true of
the noise that was drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

OUTSIDE = 0.05
"""Share of cases in which the noise exceeds the half-width that answers state."""

LAPLACE, GAUSSIAN, EITHER = "discrete laplace", "discrete gaussian", "either"
"""Mechanisms as guarantees name them; `EITHER` where an answer doesn't say which a value has."""

_WIDTHS = 40  # of the noise, beyond which its probability is below 1e-17
_HALVINGS = 100


@dataclass(frozen=True)
class Noise:
    """The noise of one value.

    Attributes:
        mechanism: `LAPLACE`, `GAUSSIAN`, or `EITHER`: then every bound is the wider of the two.
        half_width: of the 95 % interval, a whole number.
    """

    mechanism: str
    half_width: int

    @cached_property
    def decay(self) -> float:
        """Of discrete Laplace: P(x) falls by this factor from x to x + 1, 0 to 1.

        The largest q with P(|X| > h) = 2 q^(h+1) / (1 + q) <= 0.05; bisected from above.
        """
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            over = 2 * middle ** (self.half_width + 1) / (1 + middle) > OUTSIDE
            low, high = (low, middle) if over else (middle, high)
        return high

    @cached_property
    def sigma(self) -> float:
        """Of discrete Gaussian: the widest with this half-width, whose lattice adds up to 1."""
        return (self.half_width + 1) / NormalDist().inv_cdf(1 - OUTSIDE / 2)

    def sum_bound(self, values: int, tail: float) -> int:
        """Return what the sum (or, with two values, the difference) exceeds at most so often.

        Args:
            values: how many values are added up, each with noise of its own.
            tail: probability on either side, above 0.

        Returns:
            the smallest bound b with P(sum of the noise > b) <= tail; of Gaussian noise a bound.
        """
        spread = self.sigma * math.sqrt(values)
        gaussian = math.ceil(spread * NormalDist().inv_cdf(1 - tail))
        if self.mechanism == GAUSSIAN:
            return gaussian
        laplace = _laplace_bound(self.decay, values, tail)
        return laplace if self.mechanism == LAPLACE else max(laplace, gaussian)

    def weighted_bound(
        self, weights: npt.NDArray[np.float64], times: npt.NDArray[np.float64], tail: float
    ) -> npt.NDArray[np.float64]:
        """Return what weighted sums of independent noise exceed at most so often.

        Chernoff: P(S > t) <= exp(-st) E[exp(sS)] for every s; the best of some s is taken. The
        discrete Gaussian is subgaussian with its own variance.

        Args:
            weights: a row for each sum.
            times: how many values have the weight of each column.
            tail: probability, above 0.

        References:
            Canonne, Kamath, Steinke 2020, lemma 5 (the moments of the discrete Gaussian).
        """
        import numpy as np

        size = math.log(1 / tail)
        gaussian = self.sigma * np.sqrt((weights**2) @ times) * math.sqrt(2 * size)
        if self.mechanism == GAUSSIAN:
            return gaussian
        laplace = _laplace_chernoff(self.decay, weights, times, size)
        return laplace if self.mechanism == LAPLACE else np.maximum(laplace, gaussian)


def mechanism_of(guarantee: Mapping[str, Any]) -> str:
    """Return the mechanism of all values of an answer, by how it was priced.

    A price in epsilon alone is Laplace's, one in rho alone the Gaussian's; asked for by half-width
    an answer may hold both.
    """
    pure, concentrated = (guarantee.get(price) is not None for price in ("epsilon", "rho"))
    if pure == concentrated:
        return EITHER
    return LAPLACE if pure else GAUSSIAN


@cache
def _laplace_bound(decay: float, values: int, tail: float) -> int:
    """Invert the distribution of the sum: its characteristic function is that of one, to a power.

    phi(u) = (1 - q)^2 / (1 - 2 q cos u + q^2); the inverse transform is exact up to what wraps
    around, which is less likely than 1e-15 at this length.
    """
    import numpy as np

    scale = -1 / math.log(decay) if decay > 0 else 0.0
    length = 1 << math.ceil(math.log2(2 * _WIDTHS * max(1.0, scale) * math.sqrt(values) + 64))
    angles = 2 * np.pi * np.arange(length // 2 + 1) / length
    single = (1 - decay) ** 2 / (1 - 2 * decay * np.cos(angles) + decay**2)
    chances = np.maximum(np.fft.irfft(single**values, length), 0.0)
    half = length // 2
    beyond = np.cumsum(chances[1:half][::-1])[::-1]  # P(sum >= 1), P(sum >= 2), ...
    return int(np.count_nonzero(beyond > tail * (1 + 1e-9)))


def _laplace_chernoff(
    decay: float, weights: npt.NDArray[np.float64], times: npt.NDArray[np.float64], size: float
) -> npt.NDArray[np.float64]:
    """Minimize (log(1/tail) + log E[exp(s w X)]) / s over s below 1 / (scale * largest weight)."""
    import numpy as np

    if decay <= 0:
        return np.zeros(len(weights))
    largest = np.maximum(np.abs(weights[:, times > 0]).max(axis=1), 1e-12)
    best = np.full(len(weights), np.inf)
    for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98):
        slope = share * -math.log(decay) / largest
        steps = slope[:, None] * weights
        moments = (1 - decay) ** 2 / ((1 - decay * np.exp(steps)) * (1 - decay * np.exp(-steps)))
        best = np.minimum(best, (size + np.log(moments) @ times) / slope)
    return best
