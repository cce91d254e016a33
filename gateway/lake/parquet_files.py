"""Parquet files: decoded elsewhere, counted here; their types arrive as text like every format's.

Guarantee:
    However small a file is and whatever its footer says, no more than `MAX_CELLS` values and
    `MAX_TEXT_BYTES` of text are taken from it, and decoding it takes no more memory and time
    than its process may have.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway.lake.decoding import (
    DESCRIBE,
    Counted,
    check_cells,
    check_width,
    decoding,
    read_output,
    stream_output,
)
from gateway.lake.sources import Batch, Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.lake.data_files import DataFile

_DECODER = Path(__file__).with_name("parquet_decoding.py")


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file whose schema has been checked."""

    file: DataFile
    facts: Facts
    header: tuple[str, ...]
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Read the rows."""
        counted = Counted(self.file)
        with decoding(_DECODER, self.file, "decode", *self.columns) as decoder:
            for cells in stream_output(decoder, self.file):
                first = counted.rows + 1
                counted.add(cells.num_rows, len(self.columns), cells.nbytes)
                yield Batch(np.arange(first, counted.rows + 1), cells)


def open_parquet(file: DataFile, columns: Sequence[str]) -> ParquetSource:
    """Open a Parquet file.

    Raises:
        SourceError: it isn't one, it says that it holds too much, or a column is missing or of
            a type that holds no single value.
    """
    found = _described(file)
    check_width(file, len(found["columns"]))
    ignored = check_columns(file.name, found["columns"], columns)
    for name in columns:
        if name in found["nested"]:
            raise SourceError(Reason("unsupported-type", {"file": file.name, "column": name}))
    check_cells(file, found["rows"], len(columns))
    facts = Facts(file.name, "parquet", ignored_columns=ignored)
    return ParquetSource(file, facts, tuple(found["columns"]), tuple(columns))


def _described(file: DataFile) -> Any:
    with decoding(_DECODER, file, DESCRIBE) as decoder:
        return json.loads(read_output(decoder, file))
