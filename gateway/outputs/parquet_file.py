"""Parquet: typed columns, zstd, the same bytes for the same table."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.outputs.cells import as_text_table, decoded
from gateway.outputs.lines import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def write(parts: Iterable[pa.Table], out: BinaryIO, *, title: str) -> None:
    """Write the table.

    Metadata of the table and of dictionaries is left out: both could name what isn't in the rows.

    Args:
        parts: what is released, one after the other; text, numbers, dates, truth.
        out: takes the bytes; stays open.
        title: unused, so that it can't make equal tables differ.

    Raises:
        OutputError: a column can't be written.
    """
    del title
    with contextlib.ExitStack() as ending:
        writer = None
        for batch in batches(parts):
            plain = pa.table([decoded(column) for column in batch.columns], batch.column_names)
            if writer is None:
                writer = pq.ParquetWriter(out, plain.schema, compression="zstd")
                ending.enter_context(writer)
            if plain.num_rows:
                # One chunk for each row group: how the input was cut must not show in the pages.
                writer.write_table(plain.combine_chunks())


def read_back(source: BinaryIO) -> Iterator[pa.Table]:
    """Read the file part by part as strings, in the text form of `cells`."""
    file = pq.ParquetFile(source)
    yield as_text_table(file.schema_arrow.empty_table())
    for number in range(file.num_row_groups):
        yield as_text_table(file.read_row_group(number))
