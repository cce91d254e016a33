"""The batch sampler: tables of exact probabilities, looked up for many values at once.

**Guarantee**: one value is within `distance` (computed, about 2^-54) of the exact distribution in
total variation; n values within n times that. An answer that is (epsilon, delta)-private with
exact noise is (epsilon, delta + (1 + e^epsilon) * n * distance)-private with this, where n counts
the values that a neighbour can change: the noise of the others is the same for both.

The bytes read and the look-ups made depend on the mechanism and the count alone, never on what is
drawn; and few values take as long as `_FEWEST`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.noise.gaussian import GaussianTables, gaussian_tables
from anonymizers.noise.laplace import LaplaceTables, laplace_tables
from anonymizers.noise.mechanisms import DiscreteLaplace

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

_FEWEST = 1024
_AT_ONCE = 1 << 15
"""Values drawn in one go: what they take stays in the processor's cache."""


class BatchSampler:
    """Draws noise from tables.

    Args:
        random_bytes: returns so many random bytes, secure ones (`os.urandom`) outside of tests.
    """

    name = "batch"

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        """Keep the source of randomness."""
        self._random_bytes = random_bytes

    def draws(self, mechanism: Mechanism) -> bool:  # noqa: ARG002 - a Sampler's
        """Every mechanism, as wide as may be."""
        return True

    def draw(self, mechanism: Mechanism, count: int) -> NDArray[np.int64]:
        """Return independent values: (count,), each below 2^58 in magnitude."""
        tables = _tables(mechanism)
        padded = max(count, _FEWEST)
        sizes = [min(_AT_ONCE, padded - start) for start in range(0, padded, _AT_ONCE)]
        parts = [tables.draw(partial(self._words, size)) for size in sizes]
        return np.concatenate(parts)[:count]

    def distance(self, mechanism: Mechanism) -> Fraction:
        """Return the total variation of one value from the exact distribution, at most."""
        return _tables(mechanism).distance

    def _words(self, count: int) -> NDArray[np.uint64]:
        return np.frombuffer(self._random_bytes(8 * count), dtype=np.uint64)


def _tables(mechanism: Mechanism) -> LaplaceTables | GaussianTables:
    if isinstance(mechanism, DiscreteLaplace):
        return laplace_tables(mechanism)
    return gaussian_tables(mechanism)
