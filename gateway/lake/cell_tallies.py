"""Tallies of a load's cells: how many are filled, readable, expected. Never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROW_BITS = 40  # a row's number; the file's ordinal stands above it


Marked = dict[str, "NDArray[np.bool_]"]
"""By column, (rows,) cells of a batch."""


@dataclass(frozen=True)
class ColumnTally:
    """One column's cells in a submission.

    Attributes:
        rows: records that were read, refused ones included.
        filled: cells that hold anything.
        unreadable: of these, what refused its record; unexpected: what was taken with a remark.
    """

    column: str
    rows: int
    filled: int
    unreadable: int
    unexpected: int


@dataclass
class CellTallies:
    """Counts cells while a load is read, and remembers which rows it has a remark on."""

    filled: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    unexpected: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    _remarked: list[NDArray[np.int64]] = field(default_factory=list)
    _left_out: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, filled: Marked, unreadable: Marked, unexpected: Marked) -> None:
        """Count a batch.

        Args:
            filled: cells that hold anything, or did before a recipe couldn't make anything of it.
            unreadable: cells that refused their row.
            unexpected: cells with a remark.
        """
        for name, there in filled.items():
            bad = there & unreadable.get(name, False)
            odd = there & unexpected.get(name, False) & ~bad
            _more(self.filled, name, int(there.sum()))
            _more(self.unreadable, name, int(bad.sum()))
            _more(self.unexpected, name, int(odd.sum()))
        self.rows += len(next(iter(filled.values())))

    def remark(self, rows: NDArray[np.int64]) -> None:
        """Remember rows that were taken with a remark, as `code_rows`."""
        self._remarked.append(rows)

    def leave_out(self, rows: NDArray[np.int64]) -> None:
        """Remember rows that were left out after they were read, as `code_rows`."""
        self._left_out.append(rows)

    def remarked(self) -> int:
        """Return on how many of the rows that were taken there is a remark."""
        none = np.empty(0, np.int64)
        remarked, out = ([none, *rows] for rows in (self._remarked, self._left_out))
        return len(np.setdiff1d(np.concatenate(remarked), np.concatenate(out)))

    def columns(self, names: Sequence[str]) -> tuple[ColumnTally, ...]:
        """Return each column's tally, in this order."""
        return tuple(
            ColumnTally(
                name,
                self.rows,
                self.filled.get(name, 0),
                self.unreadable.get(name, 0),
                self.unexpected.get(name, 0),
            )
            for name in names
        )


def mark(cells: Marked, marks: NDArray[np.bool_], column: str) -> None:
    """Mark cells of a column besides those that are marked already."""
    cells[column] = cells[column] | marks if column in cells else marks


def code_rows(files: int | NDArray[Any], rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return rows of files as numbers: the file's ordinal within the load, then the row."""
    return (np.asarray(files, np.int64) << ROW_BITS) + rows.astype(np.int64)


def _more(counts: dict[str, int], name: str, count: int) -> None:
    counts[name] = counts.get(name, 0) + count
