"""Samplers: what draws a mechanism's noise. A home chooses one of three by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from anonymizers.noise.batch_sampler import BatchSampler
from anonymizers.noise.diffprivlib_sampler import DiffprivlibSampler
from anonymizers.noise.opendp_sampler import OpendpSampler

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

SamplerName = Literal["batch", "diffprivlib", "opendp"]


class Sampler(Protocol):
    """Draws noise over integers.

    Attributes:
        name: as homes choose it.
    """

    name: str

    def draws(self, mechanism: Mechanism) -> bool:
        """Whether it draws this mechanism, at this width."""

    def draw(self, mechanism: Mechanism, count: int) -> NDArray[np.int64]:
        """Return independent values: (count,), each below 2^58 in magnitude.

        Raises:
            ValueError: the sampler doesn't draw this mechanism.
        """

    def distance(self, mechanism: Mechanism) -> Fraction:
        """Return how far one value's distribution is from what was paid for.

        That is the total variation from the exact mechanism, or from a wider one of the same
        kind, at most. With it, what is (epsilon, delta)-private with exact noise is
        (epsilon, delta + (1 + e^epsilon) * n * distance)-private with this sampler's, where n
        counts the values that a neighbour can change.
        """


def make_sampler(name: SamplerName, random_bytes: Callable[[int], bytes]) -> Sampler:
    """Make the sampler of that name.

    Args:
        name: `batch` draws every mechanism, fast; `opendp` draws every mechanism exactly;
            `diffprivlib` draws the discrete Laplace while it isn't wide.
        random_bytes: returns so many random bytes: the operating system's, outside of tests.
            `batch` draws from them alone; the other two read the operating system's themselves.
    """
    if name == "batch":
        return BatchSampler(random_bytes)
    return OpendpSampler() if name == "opendp" else DiffprivlibSampler()
