"""Micro-aggregation: values in order, in groups of at least k people, become their group's mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from anonymizers.transforms.base import Change, Seen, Start, Transform
from anonymizers.transforms.watches import PeopleWithEach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.transforms.grids import Grid
    from anonymizers.transforms.watches import Watch


@dataclass(frozen=True)
class Microaggregation(Transform):
    """Replaces each value by the mean of a group of at least k people with values close to it.

    Guarantee:
        Every released value is the mean, rounded half to even, of the values of at least k people
        in this file, and at least k of them have it. Equal values are in one group. Where fewer
        than k people have a value at all, nobody's leaves.

    Does not protect:
        A group whose people all have one value, which is then its mean. A group is no
        equivalence class: combined with other columns a mean may be one person's alone. And two
        files that differ in one person differ by that person's value, times the group: a second
        release is for an officer to judge.

    References:
        S. L. Hansen, S. Mukherjee, "A polynomial algorithm for optimal univariate
        microaggregation", IEEE TKDE 15 (2003).

    Attributes:
        k: people in every group, at least 2.
        grid: what a unit of the column is.
    """

    k: int
    grid: Grid
    action: ClassVar[str] = "microaggregate"
    types: ClassVar[tuple[str, ...]] = ("integer", "decimal", "date", "timestamp")
    one_record_each: ClassVar[bool] = True
    needs_seen: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change: a lookup from values to the means of their groups."""
        if start.seen is None:
            raise ValueError("groups are made of all values that will leave")
        firsts = group_starts(start.seen, self.k)
        means = _means(start.seen, firsts)
        edges = start.seen.units[firsts]

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            units, present = self.grid.units(values)
            if not len(means):
                return self.grid.values(units, np.zeros_like(present), values.type)
            group = np.maximum(np.searchsorted(edges, units, side="right") - 1, 0)
            return self.grid.values(means[group], present, values.type)

        return change

    @property
    def parameters(self) -> Mapping[str, object]:
        """The people in every group."""
        return {"k": self.k}

    def describe(self) -> str:
        """Say what a value stands for."""
        return f"the mean of at least {self.k} people with values close to each other"

    def watch(self) -> Watch:
        """Watch that at least k people have each value."""
        return PeopleWithEach(self.k)


def group_starts(seen: Seen, k: int) -> NDArray[np.int64]:
    """Return where each group begins, so that the squares within groups are smallest in sum.

    Floats choose, so it is the smallest up to a share of about 2^-50 x k x the most people in one
    group (see `_squares_within`); that each group has k people is counted in whole numbers.

    The best groups of sorted values are runs of them. `best[j]` is the least cost of the first j
    values; a run from i to j is worth a look only if it has k people and can't be cut in two with
    k people each, for a cut never costs more: so i lies between the last place that leaves k
    people in the run, and the last that leaves k people more before that place. With k people in
    the runs and at least one for each value these are at most k places.

    Args:
        seen: distinct values, ascending, with their people.
        k: people in every group.

    Returns:
        Places in `seen`, ascending from 0; empty where there are fewer than k people.
    """
    before = np.concatenate([[0], np.cumsum(seen.people)])  # people among the first j values
    if before[-1] < k:
        return np.empty(0, dtype=np.int64)
    last = np.searchsorted(before, before - k, side="right") - 1
    earliest = np.searchsorted(before, before[last] - k, side="right")
    best, cut = np.full(len(before), np.inf), np.zeros(len(before), dtype=np.int64)
    best[0] = 0.0
    for end in np.flatnonzero(last >= 0).tolist():
        starts = np.arange(int(earliest[end]), int(last[end]) + 1)
        whole = best[starts] + _squares_within(seen, starts, end)
        cut[end] = starts[int(np.argmin(whole))]
        best[end] = whole.min()
    return _walk_back(cut)


def _squares_within(seen: Seen, starts: NDArray[np.int64], end: int) -> NDArray[np.float64]:
    """Return the sum of squares within the run from each start to `end`.

    Values are taken by their distance to the run's last, so that neither far away values nor
    large ones cost digits. Let a run have n people and a mean distance m: its last person alone
    adds m^2 to the sum c, so c + n m^2, of which n m^2 is taken away, is at most (1 + n) c.

    Args:
        seen: distinct values, ascending, with their people.
        starts: ascending without gaps, below `end`.
        end: behind the runs' last value.
    """
    run = slice(int(starts[0]), end)
    people = seen.people[run][::-1].astype(np.float64)
    away = (seen.units[end - 1] - seen.units[run][::-1]).astype(np.float64)
    count, sums, squares = (np.cumsum(people * away**power) for power in range(3))
    at = end - 1 - starts
    within: NDArray[np.float64] = np.maximum(squares[at] - sums[at] ** 2 / count[at], 0)
    return within


def _walk_back(cut: NDArray[np.int64]) -> NDArray[np.int64]:
    starts, end = [], len(cut) - 1
    while end:
        end = int(cut[end])
        starts.append(end)
    return np.array(starts[::-1], dtype=np.int64)


def _means(seen: Seen, firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each group's mean, exactly, rounded half to even."""
    ends = [*firsts.tolist(), len(seen.units)][1:]
    units, people = seen.units.tolist(), seen.people.tolist()
    means = [
        _mean(units[first:end], people[first:end])
        for first, end in zip(firsts.tolist(), ends, strict=True)
    ]
    return np.array(means, dtype=np.int64)


def _mean(units: Sequence[int], people: Sequence[int]) -> int:
    total, count = sum(u * p for u, p in zip(units, people, strict=True)), sum(people)
    mean, rest = divmod(total, count)
    return mean + (2 * rest > count or (2 * rest == count and mean % 2 == 1))
