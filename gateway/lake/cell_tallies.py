"""Tallies of a load's cells: how many are filled, readable, expected. Never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROW_BITS = 40  # a row's number; the file's ordinal stands above it


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

    def add(
        self,
        name: str,
        filled: NDArray[np.bool_],
        unreadable: NDArray[np.bool_],
        unexpected: NDArray[np.bool_],
    ) -> None:
        """Count a batch of one column.

        Args:
            name: of the column.
            filled: (rows,) cells that hold anything.
            unreadable: (rows,) cells that refused their row.
            unexpected: (rows,) cells with a remark.
        """
        _more(self.filled, name, int(filled.sum()))
        _more(self.unreadable, name, int((filled & unreadable).sum()))
        _more(self.unexpected, name, int((filled & unexpected & ~unreadable).sum()))

    def remark(self, rows: NDArray[np.int64]) -> None:
        """Remember rows that were taken with a remark, as `code_rows`."""
        self._remarked.append(rows)

    def remarked(self, out: NDArray[np.int64]) -> int:
        """Return on how many rows there is a remark, but for those that were left out.

        Args:
            out: `code_rows` of those that were left out after they were read.
        """
        if not self._remarked:
            return 0
        return len(np.setdiff1d(np.concatenate(self._remarked), out))

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


def code_rows(files: int | NDArray[Any], rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return rows of files as numbers: the file's ordinal within the load, then the row."""
    return (np.asarray(files, np.int64) << ROW_BITS) + rows.astype(np.int64)


def _more(counts: dict[str, int], name: str, count: int) -> None:
    counts[name] = counts.get(name, 0) + count
