"""Cells: which cells of a table a record counts in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class KeyCodes:
    """The keys that each distinct value of a column counts under.

    Attributes:
        size: how many keys there are.
        flat: keys, 0 to size - 1, of value after value.
        starts: (values + 1,) where the keys of each value begin in `flat`; None where each value
            has exactly one.
    """

    size: int
    flat: Ints
    starts: Ints | None = None


@dataclass(frozen=True)
class Places:
    """Records in cells; a record with several codes in a key stands in several.

    Attributes:
        cells: (p,) int64, 0 to size - 1.
        rows: (p,) which record each place is of, ascending; None where it is the record itself.
        size: how many cells there are.
    """

    cells: Ints
    rows: Ints | None
    size: int

    def of(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the values of the records at each place."""
        return values if self.rows is None else values[self.rows]


def place(records: int, keys: Sequence[tuple[KeyCodes, NDArray[np.int32]]]) -> Places:
    """Return the cells of some records: the last key moves fastest.

    Args:
        records: how many there are.
        keys: of each column its keys, and (records,) which distinct value each record has.
    """
    cells, rows, size = np.zeros(records, dtype=np.int64), None, 1
    for codes, values in keys:
        size *= codes.size
        here = values if rows is None else values[rows]
        if codes.starts is None:
            cells = cells * codes.size + codes.flat[here]
            continue
        counts = (codes.starts[1:] - codes.starts[:-1])[here]
        places = np.repeat(np.arange(len(here)), counts)
        nth = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = places if rows is None else rows[places]
        cells = cells[places] * codes.size + codes.flat[codes.starts[here][places] + nth]
    return Places(cells, rows, size)
