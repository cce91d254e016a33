"""How many people of each class have each value of a sensitive column.

Sets of values as bits (`diversity`) are faster, and enough for distinct l; entropy, recursive l
and t need the counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping
    from anonymizers.heads import Heads

NOT_KNOWN = -1


@dataclass(frozen=True)
class Spread:
    """How the values of some people are spread, class by class.

    Attributes:
        classes: how many.
        rows: (entries,) rising, the class of each entry.
        values: (entries,) rising within a class; NOT_KNOWN for NULL, unknown and other together.
        counts: (entries,) int64, at least 1.
        reference: (values + 1,) how many of everybody compared with have each value; NOT_KNOWN
            last, so that the values are its indices.
    """

    classes: int
    rows: NDArray[np.int64]
    values: NDArray[np.int64]
    counts: NDArray[np.int64]
    reference: NDArray[np.int64]

    def known(self) -> Spread:
        """Leave out what says nothing."""
        told = self.values != NOT_KNOWN
        rows, values, counts = self.rows[told], self.values[told], self.counts[told]
        return Spread(self.classes, rows, values, counts, self.reference)

    def total(self, weights: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
        """Sum weights of entries by class; whole numbers below 2^53 exactly."""
        totals = np.bincount(self.rows, weights=weights, minlength=self.classes)
        return totals.astype(np.float64, copy=False)

    @property
    def people(self) -> NDArray[np.float64]:
        """People of each class."""
        return self.total(self.counts)


@dataclass(frozen=True)
class ValueCounts:
    """Counts of one sensitive column for every row of a weighted table.

    Attributes:
        size: rows of the table.
        rows, values: (entries,) each combination that occurs once, in this order.
        heads: of each entry.
        references: (values + 1,) how many of everybody that t compares with have each,
            NOT_KNOWN last.
    """

    size: int
    rows: NDArray[np.int64]
    values: NDArray[np.int64]
    heads: Heads
    references: NDArray[np.int64]

    @classmethod
    def build(
        cls, classes: Grouping, values: NDArray[np.int64], heads: Heads, domain: int
    ) -> ValueCounts:
        """Count values, of a table whose rows are grouped.

        Args:
            classes: of the rows below; the groups are the rows of the weighted table.
            values: (rows,) from 0 to below `domain`, in their order, or NOT_KNOWN.
            heads: (rows,).
            domain: how many values there are.
        """
        places = np.where(values < 0, domain, values)
        references = heads.scattered(places, domain + 1).everybody
        row = np.arange(len(values), dtype=np.int64)
        return cls(len(values), row, values, heads, references).joined(classes)

    def against(self, references: NDArray[np.int64]) -> ValueCounts:
        """Return the same counts, to be compared with others than the table's own people.

        Raises:
            ValueError: the references have fewer values than occur.
        """
        if len(references) < int(self.values.max(initial=NOT_KNOWN)) + 2:
            raise ValueError("the references must have every value that occurs")
        return replace(self, references=references)

    def joined(self, grouping: Grouping) -> ValueCounts:
        """Return the counts of whole classes."""
        rows = grouping.class_of_rows()[self.rows]
        entries = group(rows * len(self.references) + self.values + 1)
        return ValueCounts(
            len(grouping.starts),
            rows[entries.first],
            self.values[entries.first],
            self.heads.summed(entries),
            self.references,
        )

    def picked(self, rows: NDArray[np.int64]) -> ValueCounts:
        """Return the counts of some rows, named in rising order; references stay."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        places = place[self.rows]
        there = places >= 0
        heads = self.heads.picked(there)
        return ValueCounts(len(rows), places[there], self.values[there], heads, self.references)

    def are_diverse(self, least: int) -> NDArray[np.bool_]:
        """Return which rows' people have so many distinct values, as `count_everybody` counts."""
        diverse: NDArray[np.bool_] = self.count_everybody() >= least
        return diverse

    def are_adults_diverse(self, least: int) -> NDArray[np.bool_]:
        """Return the same of their adults."""
        diverse: NDArray[np.bool_] = self.count_adults() >= least
        return diverse

    def count_everybody(self) -> NDArray[np.int64]:
        """Return how many distinct known values each row's people have."""
        return self._distinct(self.heads.everybody)

    def count_adults(self) -> NDArray[np.int64]:
        """Return how many distinct known values each row's adults have."""
        return self._distinct(self.heads.adults)

    def _distinct(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        there = (counts > 0) & (self.values != NOT_KNOWN)
        return np.bincount(self.rows[there], minlength=self.size)

    def of_everybody(self) -> Spread:
        """Return how values are spread over everybody."""
        return self._spread(self.heads.everybody)

    def of_adults(self) -> Spread:
        """Return how values are spread over the adults, with everybody as what they're held to."""
        return self._spread(self.heads.adults)

    def _spread(self, counts: NDArray[np.int64]) -> Spread:
        there = counts > 0
        rows, values = self.rows[there], self.values[there]
        return Spread(self.size, rows, values, counts[there], self.references)
