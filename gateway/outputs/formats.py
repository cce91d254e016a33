"""The formats a partner can ask for, by name."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Protocol

from gateway.errors import OutputError
from gateway.outputs import csv_file, jsonl_file, parquet_file, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa


class Writer(Protocol):
    """Writes a released table: equal tables become equal bytes, however they are cut."""

    def __call__(self, parts: Iterable[pa.Table], out: BinaryIO, *, title: str) -> None:
        """Write a table that comes in parts, one at least; `out` stays open."""


@dataclass(frozen=True)
class OutputFormat:
    """One format.

    Attributes:
        name: as in a request.
        suffix: of the file's name, with its dot.
        media_type: as in HTTP.
        write: makes the bytes.
        read_back: reads them again part by part, every value in its text form (`cells`).
    """

    name: str
    suffix: str
    media_type: str
    write: Writer
    read_back: Callable[[BinaryIO], Iterator[pa.Table]]


CSV = OutputFormat(
    "csv", ".csv", "text/csv; charset=utf-8; header=present", csv_file.write, csv_file.read_back
)
PARQUET = OutputFormat(
    "parquet",
    ".parquet",
    "application/vnd.apache.parquet",
    parquet_file.write,
    parquet_file.read_back,
)
JSONL = OutputFormat("jsonl", ".jsonl", "application/jsonl", jsonl_file.write, jsonl_file.read_back)
XLSX = OutputFormat(
    "xlsx",
    ".xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    xlsx_file.write,
    xlsx_file.read_back,
)
FORMATS: Mapping[str, OutputFormat] = MappingProxyType(
    {known.name: known for known in (CSV, PARQUET, JSONL, XLSX)}
)


def output_format(name: str) -> OutputFormat:
    """Return the format of that name.

    Raises:
        OutputError: there is none.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise OutputError(f"no format {name!r}: ask for one of {', '.join(FORMATS)}") from None
