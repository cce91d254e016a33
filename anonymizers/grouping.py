"""Packing several columns of codes into one key, and rows of one key into classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LIMIT = 2**62
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # multiplicative hashing: 2^64 over the golden ratio
CELLS = 2**23  # hashed counts take at most 2^24 cells, 128 MB


class UnknownClassError(ValueError):
    """A row has a combination of codes that the classes weren't built from."""


@dataclass(frozen=True)
class Packing:
    """How columns of codes become one 64-bit key that sorts as the columns do.

    Keys are mixed-radix numbers. Before a further column would pass 2^62 the keys so far are
    replaced by their rank among those met (`met`), which are at most as many as the rows; with
    fewer than 2^31 rows and 2^31 codes in a column the next product fits again.

    Attributes:
        sizes: number of codes of each column.
        met: for each column index where ranks were taken, the sorted keys met until there.
        span: keys lie below this.
    """

    sizes: tuple[int, ...]
    met: tuple[tuple[int, NDArray[np.int64]], ...]
    span: int

    def keys(self, codes: Sequence[NDArray[np.int32]], rows: int) -> NDArray[np.int64]:
        """Pack the columns of further rows.

        Raises:
            UnknownClassError: a combination that the packing wasn't built from.
        """
        met = dict(self.met)
        keys = np.zeros(rows, dtype=np.int64)
        for index, (column, size) in enumerate(zip(codes, self.sizes, strict=True)):
            if index in met:
                keys = rank(met[index], keys)
            keys *= size
            keys += column
        return keys


def pack(
    codes: Sequence[NDArray[np.int32]], sizes: Sequence[int], rows: int
) -> tuple[Packing, NDArray[np.int64]]:
    """Pack columns of codes, and return how, for rows that come later.

    Args:
        codes: for each column (rows,), from 0 to below its size.
        sizes: number of codes of each column.
        rows: number of rows; without columns all of them have key 0.
    """
    keys = np.zeros(rows, dtype=np.int64)
    span, met = 1, []
    for index, (column, size) in enumerate(zip(codes, sizes, strict=True)):
        if span * size >= LIMIT:
            seen = np.unique(keys)
            met.append((index, seen))
            keys, span = rank(seen, keys), max(len(seen), 1)
        keys *= size
        keys += column
        span *= size
    return Packing(tuple(sizes), tuple(met), span), keys


def rank(known: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each key among sorted known keys.

    Raises:
        UnknownClassError: a key that isn't known.
    """
    places = np.searchsorted(known, keys)
    if len(keys) and (not len(known) or (known[np.minimum(places, len(known) - 1)] != keys).any()):
        raise UnknownClassError("a row belongs to no class; build both from one snapshot")
    return places.astype(np.int64, copy=False)


@dataclass(frozen=True)
class Grouping:
    """Classes as runs of sorted rows, in the order of their keys.

    Attributes:
        order: (rows,) the rows, class by class.
        starts: (classes,) where each class begins in `order`.
        keys: (classes,) each class's key.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.int64]

    @property
    def first(self) -> NDArray[np.int64]:
        """One row of each class."""
        return self.order[self.starts]

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum a column in every class."""
        return np.add.reduceat(values[self.order], self.starts)

    def union(self, bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """OR the rows' bit masks, (rows, words), in every class."""
        joined: NDArray[np.uint64] = np.bitwise_or.reduceat(bits[self.order], self.starts, axis=0)
        return joined

    def spread(self, per_class: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Give each row what its class has."""
        rows = np.empty(len(self.order), dtype=per_class.dtype)
        rows[self.order] = np.repeat(per_class, self._lengths())
        return rows

    def class_of_rows(self) -> NDArray[np.int64]:
        """Return each row's class, numbered in the order of keys."""
        rows = np.empty(len(self.order), dtype=np.int64)
        rows[self.order] = np.repeat(np.arange(len(self.starts)), self._lengths())
        return rows

    def _lengths(self) -> NDArray[np.int64]:
        return np.diff(np.append(self.starts, len(self.order)))


def group(keys: NDArray[np.int64]) -> Grouping:
    """Sort rows into classes of equal keys; within a class rows keep their order."""
    order, ordered = _sorted(keys)
    fresh = np.ones(len(keys), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(fresh)
    return Grouping(order, starts, ordered[starts])


def _sorted(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order that sorts keys, and the sorted keys.

    Where key and row number fit into one word, sorting the words is faster than sorting places.
    """
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)) >= LIMIT >> bits:
        order = np.argsort(keys, kind="stable")
        return order, keys[order]
    words = (keys << bits) | np.arange(len(keys))
    words.sort()
    return words & ((1 << bits) - 1), words >> bits


def at_least_alone(keys: NDArray[np.int64], people: NDArray[np.int64], k: int) -> int:
    """Return a number of people that surely are in classes of fewer than k.

    Keys are hashed into a table of counts. Classes that share a cell only make its count larger,
    so a class whose cell holds fewer than k people has fewer than k itself: the bound is never
    too high, and where cells are plenty it is nearly the number itself, without sorting.
    """
    bits = min(2 * len(keys), CELLS).bit_length()
    cells = (keys.astype(np.uint64) * SPREAD) >> np.uint64(64 - bits)
    counts = np.bincount(cells.view(np.int64), weights=people)
    return int(counts[counts < k].sum())
