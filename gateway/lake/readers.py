"""The door for data files: the reader for each format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.lake.sources import Source, SourceError
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.lake.data_files import DataFile
    from policies.documents import DatasetDocument

PARQUET_MAGIC = b"PAR1"
WORKBOOK_MAGIC = b"PK\x03\x04"
NAMED = {".parquet": "Parquet", ".xlsx": "XLSX"}  # files whose first bytes say what they are
JSON_LINES = (".jsonl", ".ndjson", ".json")
ONE_CHARACTER = 1


def declared_columns(document: DatasetDocument) -> tuple[str, ...]:
    """Return the columns that every file of a dataset must have."""
    return tuple(document.columns)


def open_source(path: DataFile, columns: Sequence[str], delimiter: str | None = None) -> Source:
    """Open a data file by what it is: Parquet by its first bytes, JSONL by name, else CSV or TSV.

    Args:
        path: the file.
        columns: declared names; all must be there, others are ignored and said.
        delimiter: of CSV and TSV, one character; detected when not given.

    Raises:
        SourceError: the file isn't there, is empty, isn't what its name says, or lacks a column.
    """
    if delimiter is not None and len(delimiter) != ONE_CHARACTER:
        raise SourceError(Reason("delimiter-length", {"file": path.name}))
    magic = first_bytes(path)
    if magic == PARQUET_MAGIC and isinstance(path, Path):
        from gateway.lake.parquet_files import open_parquet

        return open_parquet(path, columns)
    if magic in {PARQUET_MAGIC, WORKBOOK_MAGIC}:
        raise SourceError(Reason("unsupported-format", {"file": path.name}))
    if path.suffix.lower() in NAMED:
        named = {"file": path.name, "format": NAMED[path.suffix.lower()]}
        raise SourceError(Reason("not-what-it-is-called", named))
    if path.suffix.lower() in JSON_LINES:
        from gateway.lake.json_lines import open_json_lines

        return open_json_lines(path, columns)
    from gateway.lake.delimited import open_delimited

    return open_delimited(path, columns, delimiter)


def first_bytes(path: DataFile) -> bytes:
    """Return what a file begins with.

    Raises:
        SourceError: it is empty, or isn't there.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(PARQUET_MAGIC))
    except OSError:
        raise SourceError(Reason("unreadable-file", {"file": path.name})) from None
    if not head:
        raise SourceError(Reason("empty-file", {"file": path.name}))
    return head
