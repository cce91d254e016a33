"""Rank swapping: people with values close in rank get each other's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from anonymizers.transforms.base import Change, Everybody, Start, Transform
from anonymizers.transforms.streams import random_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.transforms.grids import Grid

LEAST_APART = 2  # ranks: with 1 alone, one of an odd number of people would keep theirs


@dataclass(frozen=True)
class Swapping(Transform):
    """Gives each person the value of another who is at most a share of all ranks apart.

    People are put in order of their values, ties in a keyed order; the order is cut into blocks
    of at most w + 1 people, as even as can be, w being the share of all people rounded down and
    at least 2; in each block a keyed shuffle makes pairs, which exchange their values, and of the
    last three of an odd block a ring, in which each gets the next one's. It needs all rows at
    once, 24 bytes for each and about as much again three times while it sorts.

    Guarantee:
        The values of the file are exactly those that were there, each as often: sums, means and
        quantiles of the column alone are untouched. No value moves by more than w ranks. Nobody
        keeps their own place, but for somebody who is alone with a value; an equal value comes
        back only where another person had it too. The same rows under the same key swap alike,
        whatever is asked.

    Does not protect:
        The value is another real one near by: where w ranks are narrow, so is what is hidden.
        Every value that is released is somebody's, extremes too: limit them first. When people
        come or go all blocks are made anew, so that several snapshots together narrow a rank; while
        they don't, a rare value joins one partner's files on the same people, whatever tokens
        these have.
        Relations to other columns are weakened, which the codebook says.

    References:
        R. A. Moore, "Controlled data-swapping techniques for masking public use microdata sets",
        US Census Bureau (1996); A. Hundepool et al., "Statistical Disclosure Control" (2012),
        section 3.3.1.2.

    Attributes:
        share: of all people with a value, above 0 and at most 1.
        grid: what a unit of the column is.
    """

    share: Fraction
    grid: Grid
    action: ClassVar[str] = "swap"
    types: ClassVar[tuple[str, ...]] = ("integer", "decimal", "date", "timestamp")
    one_record_each: ClassVar[bool] = True
    needs_everybody: ClassVar[bool] = True
    joins_files: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change: a lookup from people with their values to what they get."""
        if start.everybody is None:
            raise ValueError("blocks are made of all people who will leave")
        given = _swapped(start.everybody, start.key, self.share)

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            units, present = self.grid.units(values)
            marks, _ = next(random_words(start.key, people, units))
            place = np.minimum(np.searchsorted(given.marks, marks), max(len(given.marks) - 1, 0))
            if not len(given.units):
                return values
            swapped = np.where(given.marks[place] == marks, given.units[place], units)
            return self.grid.values(swapped, present, values.type)

        return change

    @property
    def draw(self) -> str:
        """The share."""
        return str(self.share)

    @property
    def parameters(self) -> Mapping[str, object]:
        """The share of ranks within which values are exchanged."""
        return {"share": float(self.share)}

    def describe(self) -> str:
        """Say how far a value comes from at most."""
        return (
            f"another person's, who is at most {100 * float(self.share):g} % of all ranks away, "
            f"or {LEAST_APART} ranks where that is more (their own where nobody else has one): the "
            "column's distribution is exact, its relations to other columns are weakened"
        )


@dataclass(frozen=True)
class _Given:
    """What each person gets: `units[i]` for the one whose mark is `marks[i]`, ascending."""

    marks: NDArray[np.uint64]
    units: NDArray[np.int64]


def _swapped(everybody: Everybody, key: bytes, share: Fraction) -> _Given:
    units = everybody.units
    marks, shuffle = next(random_words(key, everybody.people, units))
    by_rank = np.lexsort((marks, units))
    partner = by_rank[swap_ranks(shuffle[by_rank], share)]
    given = np.empty_like(units)
    given[by_rank] = units[partner]
    order = np.argsort(marks)
    return _Given(marks[order], given[order])


def swap_ranks(shuffle: NDArray[np.uint64], share: Fraction) -> NDArray[np.int64]:
    """Return for each rank the rank whose value it gets: never its own where there are two.

    In a block of at most w + 1 ranks two are at most w apart. Of b = ceil(n / (w + 1)) blocks, as
    even as can be, each has floor(n / b) ranks or one more, so at most w + 1. With w >= 2 none of
    several has fewer than 2: n >= (b - 1) (w + 1) + 1 >= 3 b - 2 >= 2 b.
    Sorted by block, then by shuffle, ranks next to each other at an even place and the odd one
    after it, counted within their block, are a pair; the last three of an odd block are a ring.

    Args:
        shuffle: (n,) words, in order of rank.
        share: of all ranks that a value may move.
    """
    count = len(shuffle)
    blocks = -(-count // (max(LEAST_APART, int(share * count)) + 1))
    ranks = np.arange(count, dtype=np.int64)
    block = ranks * blocks // max(count, 1)
    first, end = (-(-(block + more) * count // max(blocks, 1)) for more in (0, 1))
    shuffled = np.lexsort((shuffle, block))
    given = np.empty(count, dtype=np.int64)
    given[shuffled] = shuffled[ranks + _beside(ranks - first, end - first)]
    return given


def _beside(place: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how far from each place of a block the one is whose value it gets."""
    beside = np.where(place % 2 == 0, 1, -1)
    odd, left = size % 2 == 1, size - 1 - place
    beside[odd & (left == 1)] = 1
    beside[odd & (left == 0)] = -2
    beside[size == 1] = 0
    return beside
