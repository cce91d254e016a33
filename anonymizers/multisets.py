"""Multisets of places, those of one size side by side: 4 bytes for each element, none for gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from anonymizers.grouping import LIMIT, pack, rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK = 1 << 20  # elements worked on at once: numpy copies places as 64-bit numbers
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True)
class Multisets:
    """Multisets of numbered places.

    Attributes:
        blocks: for each size that occurs, from the smallest on, (multisets, size) int32 from 0;
            each row ascending. Multisets are numbered through all blocks.
    """

    blocks: tuple[NDArray[np.int32], ...]

    def __len__(self) -> int:
        """Say how many there are."""
        return sum(map(len, self.blocks))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many elements each has."""
        sizes = np.array([block.shape[1] for block in self.blocks], dtype=np.int64)
        return np.repeat(sizes, [len(block) for block in self.blocks])

    def rows_at(self, weights: NDArray[np.int64], places: int) -> NDArray[np.int64]:
        """Count the elements at each place, where each multiset stands for so many."""
        rows = np.zeros(places, dtype=np.float64)  # exact below 2^53
        for block, begin in self._begun():
            for part in _parts(block):
                here = weights[begin + part.start : begin + part.stop]
                flat = block[part].reshape(-1)
                repeated = np.repeat(here, block.shape[1])
                rows += np.bincount(flat, weights=repeated, minlength=places)
        return rows.astype(np.int64)

    def moved(self, to: NDArray[np.int64]) -> Multisets:
        """Return the multisets over other places, ascending again.

        Args:
            to: (places,) where each place goes, from 0.
        """
        places = to.astype(np.int32)
        blocks = []
        for block in self.blocks:
            moved = np.empty_like(block)
            for part in _parts(block):
                moved[part] = places[block[part]]
            moved.sort(axis=1)
            blocks.append(moved)
        return Multisets(tuple(blocks))

    def keys(self, places: int) -> NDArray[np.int64]:
        """Return one number for each, equal for equal ones alone, sorted by size and elements."""
        found, base = [np.empty(0, np.int64)], 0
        for block in self.blocks:
            columns = [block[:, row] for row in range(block.shape[1])]
            packing, keys = pack(columns, [places] * len(columns), len(block))
            span = packing.span
            if base + span >= LIMIT:
                seen = np.unique(keys)
                keys, span = rank(seen, keys), len(seen)
            found.append(keys + base)
            base += span
        return np.concatenate(found)

    def sums(self, values: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Sum the places' values over each multiset, modulo 2^64: the same for equal ones."""
        sums = np.empty(len(self), dtype=np.uint64)
        for block, begin in self._begun():
            for part in _parts(block):
                sums[begin + part.start : begin + part.stop] = values[block[part]].sum(axis=1)
        return sums.view(np.int64)

    def picked(self, which: NDArray[np.int64]) -> Multisets:
        """Return some of them, of each size one at least, in the order of their sizes."""
        blocks = []
        for block, begin in self._begun():
            here = which[(which >= begin) & (which < begin + len(block))]
            blocks.append(block[here - begin])
        return Multisets(tuple(blocks))

    def _begun(self) -> Iterator[tuple[NDArray[np.int32], int]]:
        begin = 0
        for block in self.blocks:
            yield block, begin
            begin += len(block)


def _parts(block: NDArray[np.int32]) -> Iterator[slice]:
    step = max(BLOCK // block.shape[1], 1)
    for start in range(0, len(block), step):
        yield slice(start, min(start + step, len(block)))


def taken(values: NDArray[Kind], places: NDArray[np.int32]) -> NDArray[Kind]:
    """Return `values[places]` without all places as 64-bit numbers beside them."""
    found = np.empty(len(places), dtype=values.dtype)
    for start in range(0, len(places), BLOCK):
        found[start : start + BLOCK] = values[places[start : start + BLOCK]]
    return found
