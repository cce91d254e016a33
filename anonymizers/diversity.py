"""Sets of sensitive values as bits, for l: of those that count (`unknown_values`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping


@dataclass(frozen=True)
class SensitiveSets:
    """Known values of one sensitive column, one bit each, for every row of a weighted table.

    Attributes:
        adults, minors: (rows, words) uint64; values that the row's adults and its minors have.
    """

    adults: NDArray[np.uint64]
    minors: NDArray[np.uint64]

    def picked(self, rows: NDArray[np.int64]) -> SensitiveSets:
        """Return the sets of some of the rows."""
        return SensitiveSets(self.adults[rows], self.minors[rows])

    def joined(self, grouping: Grouping) -> SensitiveSets:
        """Return the sets of whole classes."""
        return SensitiveSets(grouping.union(self.adults), grouping.union(self.minors))

    def are_diverse(self, least: int) -> NDArray[np.bool_]:
        """Return which rows' people have so many distinct values, as `count_everybody` counts."""
        diverse: NDArray[np.bool_] = self.count_everybody() >= least
        return diverse

    def are_adults_diverse(self, least: int) -> NDArray[np.bool_]:
        """Return the same of their adults."""
        diverse: NDArray[np.bool_] = self.count_adults() >= least
        return diverse

    def count_everybody(self) -> NDArray[np.int64]:
        """Return how many distinct values each row's people have."""
        return _count(self.adults | self.minors)

    def count_adults(self) -> NDArray[np.int64]:
        """Return how many distinct values each row's adults have."""
        return _count(self.adults)


def empty_bits(rows: int, values: int) -> NDArray[np.uint64]:
    """Return sets without members, wide enough for that many distinct values."""
    return np.zeros((rows, max(1, -(-values // 64))), dtype=np.uint64)


def add_members(
    bits: NDArray[np.uint64], rows: NDArray[np.int64], values: NDArray[np.int64]
) -> None:
    """Put one value into one row's set, pair by pair."""
    bit = np.uint64(1) << (values & 63).astype(np.uint64)
    np.bitwise_or.at(bits.reshape(-1), rows * bits.shape[1] + (values >> 6), bit)


def _count(bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    return counts
