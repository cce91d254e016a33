"""Reading files to measure: some columns of CSV, TSV, JSONL, Parquet or XLSX, as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.taxonomies import parse_taxonomy, taxonomy_ladder
from gateway.errors import MeasureError
from gateway.lake.readers import open_source, stated_layout
from gateway.lake.sources import SourceError
from gateway.messages import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anonymizers.ladders.base import Climb
    from gateway.lake.sources import Source

LANGUAGE = "en"


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
    try:
        return list(_open(path, [], delimiter).facts.ignored_columns)
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
    try:
        source = _open(path, columns, delimiter)
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


def _open(path: Path, columns: Sequence[str], delimiter: str | None) -> Source:
    with path.open("rb"):  # why it can't be opened, a source doesn't tell
        return open_source(path, columns, stated_layout(delimiter or ""))


def _without_empty(table: pa.Table) -> pa.Table:
    columns = [pc.if_else(pc.equal(column, ""), None, column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _refused(error: SourceError) -> MeasureError:
    return MeasureError(render(error.reason, LANGUAGE))
