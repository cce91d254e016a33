"""Parquet: typed columns, zstd, the same bytes for the same table."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.outputs.cells import as_text_table, check_writable, decoded
from gateway.outputs.lines import batches


def write(table: pa.Table, out: BinaryIO, *, title: str) -> None:
    """Write the table.

    Metadata of the table and of dictionaries is left out: both could name what isn't in the rows.

    Args:
        table: what is released; text, numbers, dates, truth.
        out: takes the bytes; stays open.
        title: unused, so that it can't make equal tables differ.

    Raises:
        OutputError: a column can't be written.
    """
    del title
    check_writable(table)
    plain = pa.table([decoded(column) for column in table.columns], names=table.column_names)
    with pq.ParquetWriter(out, plain.schema, compression="zstd") as writer:
        for batch in batches(plain):
            # One chunk for each row group: how the input was cut must not show in the pages.
            writer.write_table(batch.combine_chunks())


def read_back(source: BinaryIO) -> pa.Table:
    """Read the file as strings, in the text form of `cells`."""
    return as_text_table(pq.read_table(source))
