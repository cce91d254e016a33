"""Lines: text pieces of many columns joined into lines and written without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.outputs.cells import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def batches(table: pa.Table) -> Iterator[pa.Table]:
    """Cut a table into parts of the same rows, however its chunks lie."""
    for start in range(0, table.num_rows, BATCH_ROWS):
        yield table.slice(start, BATCH_ROWS)


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
