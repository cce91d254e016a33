"""Rank swapping: people with values close in rank exchange them."""

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


@dataclass(frozen=True)
class Swapping(Transform):
    """Exchanges values within pairs of people who are at most a share of all ranks apart.

    People are put in order of their values, ties in a keyed order; the order is cut into blocks
    of w + 1 people, w being the share of all people rounded down and at least 1; in each block a
    keyed shuffle makes pairs, and each pair exchanges its values. It needs all rows at once, 24
    bytes for each and about as much again three times while it sorts.

    Guarantee:
        The values of the file are exactly those that were there, each as often: sums, means and
        quantiles of the column alone are untouched. No value moves by more than w ranks; nobody
        keeps their own place, but for one in a block of odd size. The same rows under the same
        key swap alike, whatever is asked. Whoever the recipient knows by itself keeps what it
        gave: people it invents make the ranks around a victim no narrower.

    Does not protect:
        The value is another real one near by: where w ranks are narrow, so is what is hidden.
        Every value that is released is somebody's, extremes too: limit them first. When people
        come or go all pairs are made anew, so that several snapshots together narrow a rank.
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

    def begin(self, start: Start) -> Change:
        """Return the change: a lookup from people with their values to what they get."""
        if start.everybody is None:
            raise ValueError("pairs are made of all people who will leave")
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
        """Say how far a value may come from."""
        return (
            f"exchanged with somebody at most {100 * float(self.share):g} % of all ranks away: "
            "the column's distribution is exact, its relations to other columns are weakened"
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
    """Return for each rank the rank that it exchanges with; its own for who is left over.

    In a block of w + 1 ranks two are at most w apart. Sorted by block, then by shuffle, ranks
    next to each other at an even place and the odd one after it, counted within their block,
    are a pair.

    Args:
        shuffle: (n,) words, in order of rank.
        share: of all ranks that a pair may be apart.
    """
    count = len(shuffle)
    size = max(1, int(share * count)) + 1
    ranks = np.arange(count, dtype=np.int64)
    shuffled = np.lexsort((shuffle, ranks // size))
    place = ranks % size  # of each in its block: blocks stay where they are, in order
    last = np.minimum((ranks // size + 1) * size, count) - ranks // size * size - 1
    beside = np.where(place % 2 == 1, -1, np.where(place < last, 1, 0))
    swapped = np.empty(count, dtype=np.int64)
    swapped[shuffled] = shuffled[ranks + beside]
    return swapped
