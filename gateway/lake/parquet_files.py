"""Parquet files: their types are read as text first, so that every format meets one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gateway.lake.sources import Batch, Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file whose schema has been checked."""

    path: Path
    facts: Facts
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Read the rows."""
        first = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for block in file.iter_batches(BATCH_ROWS, columns=list(self.columns)):
                    arrays = [_as_text(block.column(name)) for name in self.columns]
                    cells = pa.RecordBatch.from_arrays(arrays, names=list(self.columns))
                    yield Batch(np.arange(first, first + block.num_rows), cells)
                    first += block.num_rows
        except (pa.ArrowException, OSError):
            raise SourceError(Reason("unreadable-file", {"file": self.facts.name})) from None


def open_parquet(path: Path, columns: Sequence[str]) -> ParquetSource:
    """Open a Parquet file.

    Raises:
        SourceError: it isn't one, or a column is missing or of a type that holds no single value.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        raise SourceError(Reason("unreadable-file", {"file": path.name})) from None
    ignored = check_columns(path.name, schema.names, columns)
    for name in columns:
        if not _is_plain(schema.field(name).type):
            raise SourceError(Reason("unsupported-type", {"file": path.name, "column": name}))
    return ParquetSource(path, Facts(path.name, "parquet", ignored_columns=ignored), tuple(columns))


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_duration(kind)
        or pa.types.is_interval(kind)
    )


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())
