"""Lines: text pieces of many columns joined into lines and written without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.outputs.cells import BATCH_ROWS, check_writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def batches(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut a table that comes in parts into batches of the same rows, however it was cut.

    Args:
        parts: of the same columns; one at least, which may be empty.

    Yields:
        Batches of `BATCH_ROWS`, the last may have fewer; an empty one where there are no rows.

    Raises:
        OutputError: a column can't be written.
    """
    waiting: list[pa.Table] = []
    rows, begun = 0, False
    for part in parts:
        check_writable(part)
        waiting.append(part)
        rows += part.num_rows
        if rows >= BATCH_ROWS:
            table, whole = pa.concat_tables(waiting), rows - rows % BATCH_ROWS
            yield from (table.slice(start, BATCH_ROWS) for start in range(0, whole, BATCH_ROWS))
            waiting, rows, begun = [table.slice(whole)], rows - whole, True
    if rows or not begun:
        yield pa.concat_tables(waiting)


def write_lines(out: BinaryIO, pieces: Sequence[pa.ChunkedArray], *, separator: str) -> None:
    """Write one line for each row: its pieces, the separator between them, a line feed.

    Args:
        out: takes the bytes, UTF-8.
        pieces: one column of strings each, without NULL.
        separator: between two pieces of a line.
    """
    last = pc.binary_join_element_wise(pieces[-1], "", "\n")
    lines = pc.binary_join_element_wise(*pieces[:-1], last, separator)
    out.writelines(_text_of(chunk) for chunk in lines.chunks)


def _text_of(lines: pa.Array) -> memoryview:
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    first, last = offsets[lines.offset], offsets[lines.offset + len(lines)]
    return memoryview(lines.buffers()[2])[first:last]
