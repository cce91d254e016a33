"""How many values it takes to name one of everybody: l for people who have several values.

A person with one value hides behind others with other values: l distinct values in a class. A
person with several values (several records, or several codes in a cell) is a *set* of values, and
counting distinct values isn't enough: where everybody has been in debt bondage, among other
things, each of them has told it, however many other things there are.

A class is **covered** by some values when everybody of whom anything is known has one of them.
We ask that no l - 1 values cover a class. Then whoever knows that somebody is in the class, and
can rule out any l - 2 values, still can't name a value that this person must have: the l - 2
values and the one named would cover the class. Where everybody has one value, l - 1 values
cover a class exactly when it has no more than l - 1 distinct ones, so this is the l that it
always was. It implies that there are l distinct values (all of a class's values together cover
it), l distinct sets (one value of each covers it) and, from l = 2 on, that no value is
everybody's.

It is monotone: what covers a class covers every part of it, so a class that grows is no easier
to cover. People of whom nothing is known neither help nor harm; with nobody known, nothing is
diverse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_L = 4  # the values to be tried grow with the power of l - 2


def hard_to_cover(
    groups: NDArray[np.int64], masks: NDArray[np.uint64], count: int, least: int
) -> NDArray[np.bool_]:
    """Say for each group whether no `least - 1` values cover it.

    Args:
        groups: (sets,) the group of each person's set, 0 to below `count`.
        masks: (sets, words) the set's known values as bits; no bit where nothing is known.
        count: number of groups.
        least: l, at least 1.

    Returns:
        (count,) False as well for groups without a known value.
    """
    known = masks.any(axis=1)
    groups, masks = _distinct(groups[known], masks[known])
    hard: NDArray[np.bool_] = ~_covered(groups, masks, count, least - 1)
    return hard


def _distinct(
    groups: NDArray[np.int64], masks: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Sort sets by group, each different one once."""
    order = np.lexsort((*masks.T, groups))
    groups, masks = groups[order], masks[order]
    fresh = np.ones(len(groups), dtype=bool)
    fresh[1:] = (groups[1:] != groups[:-1]) | (masks[1:] != masks[:-1]).any(axis=1)
    return groups[fresh], masks[fresh]


def _covered(
    groups: NDArray[np.int64], masks: NDArray[np.uint64], count: int, values: int
) -> NDArray[np.bool_]:
    """Say for each group whether that many values cover its sets; none at all are covered.

    Some value of the cover is tried, each in turn: it covers the sets that have it, and the
    others have to be covered by one value less. The last one must be in all that are left.
    """
    empty = np.ones(count, dtype=bool)
    empty[groups] = False
    if values == 0 or not len(groups):
        return empty
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    if values == 1:
        shared = np.bitwise_and.reduceat(masks, starts, axis=0)
        covered = empty.copy()
        covered[groups[starts]] = shared.any(axis=1)
        return covered
    covered = empty
    for value in _values(masks):
        without = ((masks[:, value >> 6] >> np.uint64(value & 63)) & np.uint64(1)) == 0
        covered = covered | _covered(groups[without], masks[without], count, values - 1)
    return covered


def _values(masks: NDArray[np.uint64]) -> list[int]:
    """Return every value that some set has."""
    union = np.bitwise_or.reduce(masks, axis=0)
    bits = np.arange(64 * len(union))
    has = (union[bits >> 6] >> (bits & 63).astype(np.uint64)) & np.uint64(1)
    return [int(value) for value in bits[has == 1]]
