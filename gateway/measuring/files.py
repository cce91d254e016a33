"""Reading files to measure: some columns of CSV, TSV, JSONL, Parquet or XLSX, as text."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.taxonomies import parse_taxonomy, taxonomy_ladder
from gateway.errors import MeasureError
from gateway.lake import limits
from gateway.lake.readers import WORKBOOK_MAGIC, open_source, stated_layout
from gateway.lake.sources import SourceError
from gateway.messages import render
from gateway.outputs.xlsx_reader import read_back

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anonymizers.ladders.base import Climb

LANGUAGE = "en"
_HEAD_BYTES = 4096
_FIRST_ELEMENT = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>)?\s*<[A-Za-z]")
"""How our own XML begins: a document type, which could define entities, has no place before it."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ET.ParseError, EOFError),
    *(KeyError, ValueError, RuntimeError, IndexError, ArithmeticError),
)


@dataclass(frozen=True)
class Cells:
    """What was read of a file.

    Attributes:
        table: the columns asked for, as text; an empty cell is NULL.
        unreadable: rows that aren't records (too few cells, broken JSON) and were left out.
    """

    table: pa.Table
    unreadable: int

    @property
    def rows(self) -> int:
        """How many records were read."""
        return int(self.table.num_rows)


def column_names(path: Path, delimiter: str | None = None) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        MeasureError: it can't be read.
    """
    if _is_workbook(path):
        return list(_workbook(path).column_names)
    try:
        return list(open_source(path, [], stated_layout(delimiter or "")).facts.ignored_columns)
    except SourceError as error:
        raise _refused(error) from None


def read_cells(path: Path, columns: Sequence[str], delimiter: str | None = None) -> Cells:
    """Read some columns of a file.

    Args:
        path: the file; what it is shows by its first bytes and its name.
        columns: names, each once.
        delimiter: of CSV and TSV; found by itself where None.

    Raises:
        MeasureError: it can't be read, or lacks a column.
    """
    if _is_workbook(path):
        return _from_workbook(path, columns)
    try:
        source = open_source(path, columns, stated_layout(delimiter or ""))
        batches = list(source.batches())
    except SourceError as error:
        raise _refused(error) from None
    schema = pa.schema([(name, pa.string()) for name in columns])
    table = pa.Table.from_batches([batch.cells for batch in batches], schema)
    return Cells(_without_empty(table), sum(len(batch.unreadable) for batch in batches))


def read_hierarchy(path: Path, column: str) -> Climb:
    """Read a hierarchy (one line for each value, finest first), every value on every level.

    Raises:
        MeasureError: it can't be read, or isn't a hierarchy.
    """
    try:
        taxonomy = parse_taxonomy(path.read_text(encoding="utf-8-sig"), column)
    except UnicodeDecodeError:
        raise MeasureError(f"{path} isn't UTF-8 text; save it as UTF-8") from None
    except LadderError as error:
        raise MeasureError(f"the hierarchy {path.name} for {column}: {error}") from None
    values = pa.array([line[0] for line in taxonomy.lines], pa.string())
    return taxonomy_ladder(column, taxonomy).climb(values)


def manifest_beside(path: Path) -> dict[str, Any]:
    """Return the manifest that lies beside a released file; empty where there is none.

    Raises:
        MeasureError: what lies there isn't a manifest, or the path is a folder.
    """
    if path.is_dir():
        raise MeasureError(f"{path} is a folder; name a file in it")
    beside = path.with_name(f"{path.name}.manifest.json")
    try:
        manifest = json.loads(beside.read_bytes())
        named = [column["name"] for column in manifest["columns"]]
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MeasureError(
            f"{beside.name} isn't a manifest; move it away, or name the columns in a copy of the "
            "file with another name",
        ) from None
    return {**manifest, "names": named}


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(WORKBOOK_MAGIC)) == WORKBOOK_MAGIC


def _from_workbook(path: Path, columns: Sequence[str]) -> Cells:
    table = _workbook(path)
    for name in columns:
        if table.column_names.count(name) != 1:
            raise MeasureError(f"the file {path.name} has no column {name}, or has it twice")
    return Cells(_without_empty(table.select(list(columns))), 0)


def _workbook(path: Path) -> pa.Table:
    try:
        with zipfile.ZipFile(path) as book:
            _check_harmless(book, path)
        with path.open("rb") as file:
            return pa.concat_tables(read_back(file, limits.MAX_CELLS))
    except _BROKEN:
        raise MeasureError(
            f"{path.name} isn't a workbook as Weir writes them; save its sheet as CSV",
        ) from None


def _check_harmless(book: zipfile.ZipFile, path: Path) -> None:
    """Refuse what unpacks to too much, and XML that defines entities: they could multiply."""
    if sum(part.file_size for part in book.infolist()) > limits.MAX_TEXT_BYTES:
        raise MeasureError(f"{path.name} unpacks to too much; save it as CSV or Parquet")
    for part in book.namelist():
        with book.open(part) as xml:
            head = xml.read(_HEAD_BYTES)
        if not _FIRST_ELEMENT.match(head):
            raise ValueError


def _without_empty(table: pa.Table) -> pa.Table:
    columns = [pc.if_else(pc.equal(column, ""), None, column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _refused(error: SourceError) -> MeasureError:
    return MeasureError(render(error.reason, LANGUAGE))
