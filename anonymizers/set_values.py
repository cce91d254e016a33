"""Which sets of values the people of each class have, where a cell holds several codes.

One bit for each value (`diversity`) isn't enough then: a class where everybody has been in debt
bondage, among other things, has many values and still tells that one. So l asks here that no
l - 1 values cover a class (`covers`), and classes keep their people's distinct sets.

Monotone, so that the search may rely on it (`standing`): a class has every set that a part of it
has. What covers the class covers the part; so where some part with a known value can't be covered
by l - 1 values, neither can the class. The same holds of its adults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.covers import hard_to_cover
from anonymizers.grouping import group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping
    from anonymizers.heads import Heads


@dataclass(frozen=True)
class SetValues:
    """The sets of known values of one sensitive column, for every row of a weighted table.

    Sets without a known value aren't in them.

    Attributes:
        size: rows of the table.
        rows, sets: (entries,) each combination that occurs once, by rows; a set is its place in
            `masks`.
        adults: (entries,) bool, whether some adult of the row has the set.
        masks: (sets, words) uint64, the values of each set as bits.
    """

    size: int
    rows: NDArray[np.int64]
    sets: NDArray[np.int64]
    adults: NDArray[np.bool_]
    masks: NDArray[np.uint64]

    @classmethod
    def build(
        cls, classes: Grouping, sets: NDArray[np.int64], heads: Heads, masks: NDArray[np.uint64]
    ) -> SetValues:
        """Collect the sets of a table whose rows are grouped.

        Args:
            classes: of the rows below; the groups are the rows of the weighted table.
            sets: (rows,) places in `masks`; below 0 where nothing is known.
            heads: (rows,).
            masks: (sets, words).
        """
        there = np.flatnonzero(sets >= 0)
        adults = heads.adults[there] > 0
        return cls(len(sets), there, sets[there], adults, masks).joined(classes)

    def joined(self, grouping: Grouping) -> SetValues:
        """Return the sets of whole classes."""
        rows = grouping.class_of_rows()[self.rows]
        entries = group(rows * max(len(self.masks), 1) + self.sets)
        first, adults = entries.first, entries.sums(self.adults.astype(np.int64)) > 0
        return SetValues(len(grouping.starts), rows[first], self.sets[first], adults, self.masks)

    def picked(self, rows: NDArray[np.int64]) -> SetValues:
        """Return the sets of some rows, named in rising order."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        places = place[self.rows]
        there = places >= 0
        adults = self.adults[there]
        return SetValues(len(rows), places[there], self.sets[there], adults, self.masks)

    def are_diverse(self, least: int) -> NDArray[np.bool_]:
        """Return which rows' people no `least - 1` values cover."""
        return hard_to_cover(self.rows, self.masks[self.sets], self.size, least)

    def are_adults_diverse(self, least: int) -> NDArray[np.bool_]:
        """Return the same of their adults."""
        masks = self.masks[self.sets[self.adults]]
        return hard_to_cover(self.rows[self.adults], masks, self.size, least)
