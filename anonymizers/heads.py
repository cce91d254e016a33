"""People of classes, counted by whom a rule is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping

    Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Heads:
    """People of each row or class.

    Attributes:
        everybody: all of them; adults: those who aren't minors.
    """

    everybody: Counts
    adults: Counts

    @classmethod
    def of(cls, people: Counts, minors: Counts) -> Heads:
        """Count both ways; what is the same is one array, so that it is summed once.

        Raises:
            ValueError: more minors than people, or a negative count.
        """
        heads = cls(people, people - minors if minors.any() else people)
        if (minors < 0).any() or (heads.adults < 0).any():
            raise ValueError("minors must be some of the people of their row")
        return heads

    def summed(self, grouping: Grouping) -> Heads:
        """Return the heads of whole classes."""
        return self._each(grouping.sums)

    def picked(self, places: NDArray[np.bool_]) -> Heads:
        """Return some of the rows or classes."""
        return self._each(lambda counts: counts[places])

    def scattered(self, places: NDArray[np.int64], size: int) -> Heads:
        """Sum entries into numbered places."""
        return self._each(
            lambda counts: np.bincount(places, weights=counts, minlength=size).astype(np.int64)
        )

    def _each(self, change: Callable[[Counts], Counts]) -> Heads:
        everybody = change(self.everybody)
        return Heads(everybody, everybody if self.adults is self.everybody else change(self.adults))
