"""JSON lines: one object for each row, NULL as null, numbers as numbers.

A file without rows names no columns: the format has no header.
"""

from __future__ import annotations

import io
import itertools
import json
from typing import TYPE_CHECKING, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from gateway.outputs.cells import BATCH_ROWS, as_text, each_distinct
from gateway.outputs.lines import batches, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BUFFER_BYTES = 1024 * 1024


def write(parts: Iterable[pa.Table], out: BinaryIO, *, title: str) -> None:
    """Write the table.

    Args:
        parts: what is released, one after the other; text, numbers, dates, truth.
        out: takes the bytes.
        title: unused, JSON lines have no place for one.

    Raises:
        OutputError: a column can't be written.
    """
    del title
    for batch in batches(parts):
        pieces = [
            pc.binary_join_element_wise(_encode(name) + ": ", _values(column), "")
            for name, column in zip(batch.column_names, batch.columns, strict=True)
        ]
        pieces[0] = pc.binary_join_element_wise("{", pieces[0], "")
        pieces[-1] = pc.binary_join_element_wise(pieces[-1], "}", "")
        write_lines(out, pieces, separator=", ")


def read_back(source: BinaryIO) -> Iterator[pa.Table]:
    """Read the file part by part as strings, in the text form of `cells`."""
    # Wrapped, because a raw file finds its lines byte by byte; detached, because it isn't ours.
    buffered = io.BufferedReader(cast("io.RawIOBase", source), _BUFFER_BYTES)
    try:
        lines = list(itertools.islice(buffered, BATCH_ROWS))
        yield _read_part(lines) if lines else pa.table({})
        while lines := list(itertools.islice(buffered, BATCH_ROWS)):
            yield _read_part(lines)
    finally:
        buffered.detach()


def _read_part(lines: list[bytes]) -> pa.Table:
    rows = [json.loads(line, parse_int=str, parse_float=str) for line in lines]
    texts = {name: [_text(row[name]) for row in rows] for name in rows[0]}
    return pa.table({name: pa.array(column, type=pa.string()) for name, column in texts.items()})


def _encode(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = as_text(column)
    bare = pa.types.is_integer(column.type) or pa.types.is_decimal(column.type)
    bare = bare or pa.types.is_boolean(column.type)
    return (text if bare else each_distinct(text, _encode)).fill_null("null")


def _text(value: str | bool | None) -> str | None:  # noqa: FBT001 - what JSON holds
    return str(value).lower() if isinstance(value, bool) else value
