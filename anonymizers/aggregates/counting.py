"""Exact counts and sums by cell: what noise is added to, and nobody sees without it.

Everything is an integer. Amounts are added up in halves of 32 bits, each half exact in a double
for a chunk's rows, and joined as Python integers: no input overflows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.aggregates.cells import Places

    Ints = NDArray[np.int64]
    Exact = NDArray[np.object_]

_HALF = 32
_MASK = (1 << _HALF) - 1
_FEW = 16
_AT_ONCE = 1 << 21
"""Places added up at once: so few that their halves, below 2^32 in size, are exact in a double."""


def count_places(places: Places) -> Ints:
    """Return how many places are in each cell: records, where each has one place in a cell."""
    return np.bincount(places.cells, minlength=places.size).astype(np.int64, copy=False)


def count_people(places: Places, person: Ints, most: int) -> Ints:
    """Return how many privacy units have a record in each cell.

    Args:
        places: of the records.
        person: (records,) ascending from 0 on; below 2^63 / cells.
        most: places of one privacy unit, declared: how it is counted follows from that alone.
    """
    pairs = np.asarray(places.of(person), dtype=np.int64) * places.size + places.cells
    first = _first_by_sorting(pairs) if most > _FEW else _first_of_neighbours(pairs, most)
    cells = pairs[first] % places.size
    return np.bincount(cells, minlength=places.size).astype(np.int64, copy=False)


def _first_of_neighbours(pairs: Ints, most: int) -> NDArray[np.intp]:
    """Find the first place of each pair, where equal pairs are fewer than `most` places apart."""
    new = np.ones(len(pairs), dtype=bool)
    for distance in range(1, most):
        new[distance:] &= pairs[distance:] != pairs[:-distance]
    return np.flatnonzero(new)


def _first_by_sorting(pairs: Ints) -> NDArray[np.intp]:
    order = np.argsort(pairs, kind="stable")
    ordered = pairs[order]
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order[new]


def sum_amounts(places: Places, amounts: Ints) -> Exact:
    """Return the sum of the records' amounts in each cell, as Python integers.

    Args:
        places: of the records.
        amounts: (records,) in units, clipped.
    """
    each = np.asarray(places.of(amounts), dtype=np.int64)
    total = np.zeros(places.size, dtype=object)
    for start in range(0, len(each), _AT_ONCE):
        part, cells = each[start : start + _AT_ONCE], places.cells[start : start + _AT_ONCE]
        high, low = (_sums(cells, half, places.size) for half in (part >> _HALF, part & _MASK))
        total += high.astype(object) * (1 << _HALF) + low.astype(object)
    return total


def _sums(cells: Ints, halves: Ints, size: int) -> Ints:
    if not halves.any():
        return np.zeros(size, dtype=np.int64)
    return np.bincount(cells, weights=halves, minlength=size).astype(np.int64)


def find_pairs(places: Places, more: Places) -> NDArray[np.bool_]:
    """Return which codes occur in each cell, (cells, codes) bool.

    Args:
        places: cells of the records.
        more: of places of `places`, the codes of one more column; `more.rows` refers to them.
    """
    occurs = np.zeros((places.size, more.size), dtype=bool)
    occurs[more.of(places.cells), more.cells] = True
    return occurs
