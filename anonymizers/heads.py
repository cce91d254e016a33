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

    "Known" is who is in the data only through the recipient's own submissions: it knows them
    by itself, and may have invented them. The others are everybody else.

    Attributes:
        everybody, adults: all of them, and those who aren't minors.
        others, other_adults: the same without the known.
    """

    everybody: Counts
    adults: Counts
    others: Counts
    other_adults: Counts

    @classmethod
    def of(cls, people: Counts, minors: Counts, known: Counts, known_minors: Counts) -> Heads:
        """Count four ways; what is the same is one array, so that it is summed once.

        Raises:
            ValueError: more minors or known people than people, or a negative count.
        """
        adults = people - minors if minors.any() else people
        if not known.any():
            heads = cls(people, adults, people, adults)
        else:
            heads = cls(people, adults, people - known, adults - (known - known_minors))
        parts = (minors, known, known_minors, heads.adults, heads.others, heads.other_adults)
        if (
            any((part < 0).any() for part in parts)
            or (known_minors > np.minimum(minors, known)).any()
        ):
            raise ValueError("minors and known people must be some of the people of their row")
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
        changed: dict[int, Counts] = {}
        for counts in (self.everybody, self.adults, self.others, self.other_adults):
            if id(counts) not in changed:
                changed[id(counts)] = change(counts)
        return Heads(
            changed[id(self.everybody)],
            changed[id(self.adults)],
            changed[id(self.others)],
            changed[id(self.other_adults)],
        )
