"""Numbers for combinations of codes, given out batch by batch as they are met.

What is held are the distinct combinations, never the rows. The distinct keys lie in sorted runs,
each more than twice as long as the next: a look-up searches a few runs, and each key is merged
into a longer run a few times only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anonymizers.grouping import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST = 2**31  # numbers are int32


class _Run(NamedTuple):
    """Sorted keys and their numbers."""

    keys: NDArray[np.int64]
    numbers: NDArray[np.int32]


class Numbering:
    """Gives each distinct key a number: 0, 1, ... as they are met.

    Memory: 12 bytes for each distinct key, three times that while runs are merged.
    """

    def __init__(self) -> None:
        """Begin without keys."""
        self._runs: list[_Run] = []
        self._count = 0

    def numbers(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Number further keys.

        Returns:
            (keys,) the number of each; and for each number that is new a place in `keys` that has
            it, in the order of the numbers.
        """
        distinct, first, places = np.unique(keys, return_index=True, return_inverse=True)
        found = self._find(distinct)
        fresh = np.flatnonzero(found < 0)
        found[fresh] = np.arange(self._count, self._count + len(fresh), dtype=np.int32)
        self._count += len(fresh)
        self._add(_Run(distinct[fresh], found[fresh]))
        return found[places], first[fresh]

    def _find(self, distinct: NDArray[np.int64]) -> NDArray[np.int32]:
        found = np.full(len(distinct), -1, dtype=np.int32)
        for run in self._runs:
            places = np.minimum(np.searchsorted(run.keys, distinct), len(run.keys) - 1)
            there = run.keys[places] == distinct
            found[there] = run.numbers[places[there]]
        return found

    def _add(self, run: _Run) -> None:
        if not len(run.keys):
            return
        while self._runs and len(self._runs[-1].keys) <= 2 * len(run.keys):
            run = _merged(self._runs.pop(), run)
        self._runs.append(run)


def _merged(first: _Run, second: _Run) -> _Run:
    keys = np.concatenate([first.keys, second.keys])
    order = np.argsort(keys, kind="stable")
    return _Run(keys[order], np.concatenate([first.numbers, second.numbers])[order])


class Places:
    """Combinations of codes, numbered from 0 as they are met; without columns there is one.

    Keys are mixed-radix numbers. Before a column that would take them past 2^62, the keys so far
    are replaced by their own numbers, below 2^31: with fewer than 2^31 codes in a column the next
    product fits again.
    """

    def __init__(self, sizes: Mapping[str, int]) -> None:
        """Begin without places.

        Args:
            sizes: for each column, above all of its codes; below 2^31.
        """
        self._sizes, self._last = dict(sizes), Numbering()
        self._met: dict[str, list[NDArray[np.int32]]] = {name: [] for name in sizes}
        self._between: dict[str, Numbering] = {}
        span = 1
        for name, size in sizes.items():
            if span * size >= LIMIT:
                self._between[name], span = Numbering(), MOST
            span *= size

    def numbers(self, codes: Mapping[str, NDArray[np.int32]], rows: int) -> NDArray[np.int32]:
        """Return the place of each row.

        Raises:
            ValueError: a code that isn't one of its column.
        """
        keys = np.zeros(rows, dtype=np.int64)
        for name, size in self._sizes.items():
            column = codes[name]
            if rows and not 0 <= column.min() <= column.max() < size:
                raise ValueError("floor codes are never negative, nor beyond their ladder")
            if name in self._between:
                keys = self._between[name].numbers(keys)[0].astype(np.int64)
            keys *= size
            keys += column
        numbers, fresh = self._last.numbers(keys)
        for name, met in self._met.items():
            met.append(codes[name][fresh])
        return numbers

    def codes(self) -> dict[str, NDArray[np.int32]]:
        """Return the codes of each place, column by column."""
        none = np.empty(0, dtype=np.int32)
        return {name: np.concatenate([none, *met]) for name, met in self._met.items()}
