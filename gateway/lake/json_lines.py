"""JSONL files: one object a line; a key that is absent is NULL."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gateway.lake.encodings import Encoding, Utf8Stream, detect
from gateway.lake.sources import Batch, Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class JsonLinesSource:
    """A JSONL file; which keys it has is known once it was read."""

    path: Path
    facts: Facts
    encoding: Encoding
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Read the rows; a line that is no flat object is refused alone."""
        with Utf8Stream(self.path, self.encoding, "") as stream:
            lines = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline=None)
            numbered = enumerate(lines, start=1)
            while chunk := list(islice(numbered, BATCH_ROWS)):
                yield self._batch(chunk)

    def _batch(self, lines: list[tuple[int, str]]) -> Batch:
        rows, records, unreadable = [], [], []
        for number, line in lines:
            if not line.strip():
                continue
            record = _read(line, self.columns)
            if isinstance(record, str):
                unreadable.append((number, record))
            else:
                rows.append(number)
                records.append(record)
        columns = list(zip(*records, strict=True)) or [()] * len(self.columns)
        arrays = [pa.array(column, pa.string()) for column in columns]
        cells = pa.RecordBatch.from_arrays(arrays, names=list(self.columns))
        return Batch(np.array(rows, np.int64), cells, tuple(unreadable))


def open_json_lines(path: Path, columns: Sequence[str]) -> JsonLinesSource:
    """Open a JSONL file.

    Raises:
        SourceError: it is empty, or no object has one of the declared columns.
    """
    encoding = detect(path)
    keys = _all_keys(path, encoding)
    ignored = check_columns(path.name, keys, columns)
    facts = Facts(path.name, "jsonl", encoding.said, "", ignored)
    return JsonLinesSource(path, facts, encoding, tuple(columns))


def _all_keys(path: Path, encoding: Encoding) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    empty = True
    with Utf8Stream(path, encoding, "") as stream:
        for line in io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline=None):
            empty = empty and not line.strip()
            value = _parse(line)
            keys.update(dict.fromkeys(value if isinstance(value, dict) else ()))
    if empty:
        raise SourceError(Reason("empty-file", {"file": path.name}))
    return tuple(keys)


def _parse(line: str) -> Any:
    """Parse a line; numbers stay the text they are, so that no digit is lost."""
    try:
        return json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _read(line: str, columns: Sequence[str]) -> tuple[str | None, ...] | str:
    """Return the cells of a line, or the kind of its problem."""
    value = _parse(line)
    if not isinstance(value, dict):
        return "not-an-object"
    cells = [value.get(name) for name in columns]
    if any(isinstance(cell, dict | list) for cell in cells):
        return "nested-value"
    return tuple(_text(cell) for cell in cells)


def _text(cell: Any) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if cell is None else str(cell)
