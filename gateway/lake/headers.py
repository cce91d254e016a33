"""The names of a file's columns, before anybody knows which of them are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.delimited import read_header
from gateway.lake.json_lines import read_keys
from gateway.lake.readers import JSON_LINES, PARQUET_MAGIC, WORKBOOK_MAGIC, first_bytes

if TYPE_CHECKING:
    from gateway.lake.data_files import DataFile


def header_of(file: DataFile) -> tuple[str, ...]:
    """Return the columns of a file; nothing for formats that are decoded elsewhere.

    Raises:
        SourceError: it is empty, isn't there, or holds too many columns.
    """
    if first_bytes(file) in {PARQUET_MAGIC, WORKBOOK_MAGIC}:
        return ()
    if file.suffix.lower() in JSON_LINES:
        return read_keys(file)
    return read_header(file)
