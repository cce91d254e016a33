"""JSONL files: one object a line; a key that is absent is NULL."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gateway.lake import limits
from gateway.lake.encodings import Encoding, Utf8Stream, detect
from gateway.lake.sources import Batch, Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.lake.data_files import DataFile

BATCH_ROWS = 65_536
BATCH_CHARACTERS = 32 << 20
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class JsonLinesSource:
    """A JSONL file; which keys it has is known once it was read."""

    path: DataFile
    facts: Facts
    encoding: Encoding
    header: tuple[str, ...]
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Read the rows; a line that is no flat object is refused alone."""
        with _lines(self.path, self.encoding) as lines:
            while chunk := _chunk(lines):
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


def open_json_lines(path: DataFile, columns: Sequence[str]) -> JsonLinesSource:
    """Open a JSONL file.

    Raises:
        SourceError: it is empty, or no object has one of the declared columns.
    """
    encoding = detect(path)
    keys = _all_keys(path, encoding)
    ignored = check_columns(path.name, keys, columns)
    facts = Facts(path.name, "jsonl", encoding.said, "", ignored)
    return JsonLinesSource(path, facts, encoding, keys, tuple(columns))


def _all_keys(path: DataFile, encoding: Encoding) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    empty = True
    with _lines(path, encoding) as lines:
        for _, line in lines:
            empty = empty and not line.strip()
            value = _parse(line)
            keys.update(dict.fromkeys(value if isinstance(value, dict) else ()))
            if not all(map(_is_text, value if isinstance(value, dict) else ())):
                raise SourceError(Reason("half-character-in-header", {"file": path.name}))
            if len(keys) > limits.MAX_COLUMNS:
                facts = {"file": path.name, "limit": f"{limits.MAX_COLUMNS:,}"}
                raise SourceError(Reason("too-many-columns", facts))
    if empty:
        raise SourceError(Reason("empty-file", {"file": path.name}))
    return tuple(keys)


@contextlib.contextmanager
def _lines(path: DataFile, encoding: Encoding) -> Iterator[Iterator[tuple[int, str]]]:
    """Lend the file's lines with their numbers, none longer than a row may be."""
    with Utf8Stream(path, encoding, "") as stream:
        text = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline=None)
        yield _numbered(text, path.name)


def _numbered(text: io.TextIOWrapper, file: str) -> Iterator[tuple[int, str]]:
    number = 0
    while line := text.readline(limits.MAX_ROW_BYTES + 1):
        number += 1
        if len(line) > limits.MAX_ROW_BYTES:
            facts = {"file": file, "limit": str(limits.MAX_ROW_BYTES >> 20)}
            raise SourceError(Reason("row-too-long", facts))
        yield number, line


def _chunk(lines: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    chunk, size = [], 0
    for number, line in lines:
        chunk.append((number, line))
        size += len(line)
        if len(chunk) == BATCH_ROWS or size > BATCH_CHARACTERS:
            break
    return chunk


def _is_too_deep(line: str) -> bool:
    """Whether a line nests beyond the limit, without following it down."""
    if line.count("[") + line.count("{") <= limits.MAX_NESTING:
        return False
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", _STRING.sub("", line)):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > limits.MAX_NESTING


def _parse(line: str) -> Any:
    """Parse a line; numbers stay the text they are, so that no digit is lost."""
    if _is_too_deep(line):
        return None
    try:
        return json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _read(line: str, columns: Sequence[str]) -> tuple[str | None, ...] | str:
    """Return the cells of a line, or the kind of its problem."""
    if _is_too_deep(line):
        return "nested-value"
    value = _parse(line)
    if not isinstance(value, dict):
        return "not-an-object"
    cells = [value.get(name) for name in columns]
    if any(isinstance(cell, dict | list) for cell in cells):
        return "nested-value"
    texts = tuple(_text(cell) for cell in cells)
    return texts if all(map(_is_text, texts)) else "half-character"


def _is_text(cell: str | None) -> bool:
    """Whether a cell can be written down: half of a character, can't."""
    return cell is None or cell.isascii() or not any("\ud800" <= mark <= "\udfff" for mark in cell)


def _text(cell: Any) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if cell is None else str(cell)
