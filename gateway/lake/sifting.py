"""Rows of a table that are no records: sums, repeated headers, notes below the last one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.lake.headers import is_number
from gateway.lake.sources import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SUMS = r"(?i)^\s*((grand|gran)\s+)?(sub[-\s]?)?totale?s?(\s+general)?\s*:?\s*$|^\s*sumas?\s*:?\s*$"
NOTE_COLUMNS = 3  # a table of fewer has records with a single value
REFUSING = ("formula-without-value",)
"""Marks of cells whose row can't be taken; others are only said."""


@dataclass(frozen=True)
class Block:
    """Some rows of a table with all their columns.

    Attributes:
        rows: (n,) their numbers. cells: n rows of text; empty ones are '' or NULL.
        unreadable: as of `Batch`.
        marks: row, kind and column (from 0) of cells that there is something to say of.
    """

    rows: NDArray[np.int64]
    cells: pa.RecordBatch
    unreadable: tuple[tuple[int, str], ...] = ()
    marks: tuple[tuple[int, str, int], ...] = field(default=())


@dataclass(frozen=True)
class Sieve:
    """What is let through: records, with the columns that were asked for.

    Attributes:
        header: every column's name. columns: those that were asked for.
        totals: words that make a row a sum, besides those that always do.
    """

    header: tuple[str, ...]
    columns: tuple[str, ...]
    totals: tuple[str, ...] = ()

    def sift(self, blocks: Iterator[Block]) -> Iterator[Batch]:
        """Let the records of a file through; the others are `unreadable`, by kind."""
        held: Block | None = None
        for block in blocks:
            if len(block.rows) == 0:
                yield self._batch(block, {})
                continue
            if held is not None:
                yield self._batch(held, self._odd(held))
            held = block
        if held is not None:
            yield self._batch(held, {**self._notes(held), **self._odd(held)})

    def _batch(self, block: Block, odd: dict[int, str]) -> Batch:
        """Return the records of a block; `odd` are those of its rows, from 0, that are none."""
        places = {self.header.index(name): name for name in self.columns}
        marks = [(row, kind, places[at]) for row, kind, at in block.marks if at in places]
        out = {int(block.rows[at]): kind for at, kind in odd.items()}
        there = set(block.rows.tolist()) if marks else set()
        out.update({row: kind for row, kind, _ in marks if kind in REFUSING and row in there})
        cells = [block.cells.column(place) for place in places]
        kept = pa.RecordBatch.from_arrays(cells, names=list(self.columns))
        rows = block.rows
        if out:
            keep = ~np.isin(rows, list(out))
            rows, kept = rows[keep], kept.filter(pa.array(keep))
        said = tuple(mark for mark in marks if mark[0] in there and mark[0] not in out)
        return Batch(rows, kept, (*block.unreadable, *sorted(out.items())), warned=said)

    def _odd(self, block: Block) -> dict[int, str]:
        """Return which rows are sums or the header once more."""
        odd: dict[int, str] = {}
        if len(self.header) < 2:  # noqa: PLR2004 - with one column a sum is like any record
            return odd
        first = _first_filled(block.cells)
        sums = pc.match_substring_regex(first, SUMS)
        if self.totals:
            words = pa.array([word.casefold() for word in self.totals])
            sums = pc.or_(sums, pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(first)), words))
        name = next(filter(None, self.header), "")
        alike = pc.equal(pc.utf8_trim_whitespace(first), name)
        for kind, marks in (("totals-row", sums), ("repeated-header", alike)):
            filled = pc.fill_null(marks, fill_value=False).to_numpy(zero_copy_only=False)
            for at in np.flatnonzero(filled).tolist():
                cells = _cells(block.cells, at)
                if _is_sum(cells) if kind == "totals-row" else self._is_header(cells):
                    odd[at] = kind
        return odd

    def _is_header(self, cells: Sequence[str]) -> bool:
        return all(cell == name or not name for cell, name in zip(cells, self.header, strict=False))

    def _notes(self, block: Block) -> dict[int, str]:
        """Return the last rows that hold one text each, which is more than a word."""
        notes: dict[int, str] = {}
        if len(self.header) < NOTE_COLUMNS:
            return notes
        for at in range(len(block.rows) - 1, -1, -1):
            filled = [cell for cell in _cells(block.cells, at) if cell]
            if len(filled) != 1 or " " not in filled[0]:
                break
            notes[at] = "note-row"
        return notes


def _first_filled(cells: pa.RecordBatch) -> pa.Array:
    filled = [pc.if_else(pc.equal(column, ""), None, column) for column in cells.columns]
    return pc.coalesce(*filled)


def _cells(cells: pa.RecordBatch, at: int) -> list[str]:
    return [(column[at].as_py() or "").strip() for column in cells.columns]


def _is_sum(cells: Sequence[str]) -> bool:
    """Whether most cells after the first filled one are numbers or empty."""
    first = next(place for place, cell in enumerate(cells) if cell)
    others = [*cells[:first], *cells[first + 1 :]]
    fitting = sum(not cell or is_number(cell) for cell in others)
    return 2 * fitting > len(others)
