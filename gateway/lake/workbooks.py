"""Workbooks (XLSX, XLSM): decoded elsewhere; one sheet of one is a table like any other.

Guarantee:
    However small a workbook is and whatever it says of itself, it takes no more memory and time
    than its decoder may have, no more is taken from it than `MAX_CELLS` and `MAX_TEXT_BYTES`, and
    nothing in it is run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.lake.decoding import (
    DESCRIBE,
    Counted,
    check_width,
    decoding,
    read_output,
    stream_output,
)
from gateway.lake.headers import find_header
from gateway.lake.sifting import Block, Sieve
from gateway.lake.sources import Facts, SourceError, WorkbookFacts, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gateway.lake.data_files import DataFile
    from gateway.lake.sources import Batch
    from policies.documents.recipe import FileLayout

_DECODER = Path(__file__).with_name("workbook_decoding.py")


@dataclass(frozen=True)
class WorkbookSource:
    """One sheet of a workbook, whose header has been found and checked."""

    file: DataFile
    facts: Facts
    header: tuple[str, ...]
    sieve: Sieve

    def batches(self) -> Iterator[Batch]:
        """Read the rows; sums, repeated headers and notes are left out by kind."""
        return self.sieve.sift(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        counted = Counted(self.file)
        with decoding(_DECODER, self.file, "decode", self.facts.sheet) as decoder:
            for sent in stream_output(decoder, self.file):
                counted.add(sent.num_rows, sent.num_columns, sent.nbytes)
                block = self._block(sent)
                if len(block.rows):
                    yield block

    def _block(self, sent: pa.RecordBatch) -> Block:
        numbers = sent.column("row").to_numpy()
        cells = pa.RecordBatch.from_arrays(sent.columns[2:], names=sent.schema.names[2:])
        told = sent.column("marks")
        kept = (numbers > self.facts.header_row) & (_filled(cells) | _is_valid(told))
        return Block(
            numbers[kept],
            cells.filter(pa.array(kept)),
            marks=tuple(_marks(numbers[kept], told.filter(pa.array(kept)))),
        )


def _filled(cells: pa.RecordBatch) -> NDArray[np.bool_]:
    filled = np.zeros(cells.num_rows, dtype=bool)
    for column in cells.columns:
        filled |= _is_valid(column)
    return filled


def _is_valid(column: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=bool)


def _marks(numbers: NDArray[np.int64], told: pa.Array) -> Iterator[tuple[int, str, int]]:
    for number, said in zip(numbers.tolist(), told.to_pylist(), strict=True):
        for mark in said.split() if said else ():
            kind, _, column = mark.partition(":")
            yield number, kind, int(column)


def open_workbook(file: DataFile, columns: Sequence[str], layout: FileLayout) -> WorkbookSource:
    """Open the sheet of a workbook that holds the table.

    Args:
        file: the workbook.
        columns: names that must be in its header.
        layout: its sheet, where several hold something; its header's row, where it isn't found.

    Raises:
        SourceError: it is damaged, protected, of another kind, unpacks to too much, has several
            sheets or not the stated one, or a column is missing or named twice.
    """
    found = _described(file, layout.sheet or "")
    if "refused" in found:
        raise SourceError(Reason(found["refused"], {"file": file.name, **found["params"]}))
    head = [(number, tuple(cells)) for number, cells in found["head"]]
    if not head:
        raise SourceError(Reason("empty-file", {"file": file.name}))
    header = find_header(file.name, head, columns, layout.header_row, found["merged"])
    check_width(file, len(header.names))
    ignored = check_columns(file.name, header.names, columns)
    facts = Facts(
        file.name,
        "xlsx",
        ignored_columns=ignored,
        sheet=found["sheet"],
        header_row=header.row,
        workbook=WorkbookFacts(
            found["formulas"],
            found["errors"],
            found["hidden_rows"],
            tuple(found["hidden_sheets"]),
            found["macros"],
        ),
    )
    sieve = Sieve(header.names, tuple(columns), layout.totals)
    return WorkbookSource(file, facts, header.names, sieve)


def _described(file: DataFile, sheet: str) -> Any:
    try:
        with decoding(_DECODER, file, DESCRIBE, sheet) as decoder:
            return json.loads(read_output(decoder, file))
    except SourceError as error:
        if error.reason.rule == "unreadable-file":
            raise SourceError(Reason("damaged-workbook", {"file": file.name})) from None
        raise
