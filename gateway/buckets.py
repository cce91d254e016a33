"""Rows in buckets outside of memory, those that belong together in one.

Each bucket is a spill file; bucket after bucket is read when all are filled. Few rows are one
bucket, and stay in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    from gateway.sealed import SealedWriter
    from gateway.spill import Spill

    Numbers = Callable[[pa.Table, int], NDArray[np.uint16]]

BUCKET_ROWS = 1 << 19  # worked on in memory at once: about 100 MB
MOST_BITS = 8  # 256 open files; beyond 134 M rows buckets grow instead


class Buckets:
    """Takes rows in any order, gives them back bucket by bucket, in the order of their numbers."""

    def __init__(self, spill: Spill, name: str, expected: int, numbers: Numbers) -> None:
        """Begin without rows.

        Args:
            spill: takes what doesn't fit in memory.
            name: of these buckets, in the spill.
            expected: about how many rows will come; decides on the number of buckets.
            numbers: tells rows' buckets, as numbers of so many bits.
        """
        self._spill, self._name, self._numbers = spill, name, numbers
        self._bits = min(max(expected - 1, 0) // BUCKET_ROWS, (1 << MOST_BITS) - 1).bit_length()
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._files: dict[int, _File] = {}

    def add(self, rows: pa.Table) -> None:
        """Take some rows."""
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        if self._bits and self._waiting_rows >= BUCKET_ROWS:
            self._put_away()

    def finish(self) -> None:
        """Take no more rows; with several buckets, let go of all memory."""
        if self._bits:
            self._put_away()
            for file in self._files.values():
                file.finish()

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the rows, a bucket at a time, each in one piece; as often as asked.

        Raises:
            SealedFileError: a spill file was changed.
        """
        if not self._bits and self._waiting:
            yield _whole(self._waiting)
        for number in sorted(self._files):
            source = self._spill.read(self._file(number))
            with source, pa.ipc.open_stream(source) as stream:
                yield _whole([stream.read_all()])

    def _put_away(self) -> None:
        """Put what waits into its buckets."""
        if not self._waiting_rows:
            return
        rows = _whole(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        numbers = self._numbers(rows, self._bits)
        rows = rows.take(np.argsort(numbers, kind="stable"))
        counts = np.bincount(numbers, minlength=1 << self._bits)
        starts = np.cumsum(counts) - counts
        for number in np.flatnonzero(counts).tolist():
            self._begun(number, rows.schema).add(rows.slice(starts[number], counts[number]))

    def _begun(self, number: int, schema: pa.Schema) -> _File:
        if number not in self._files:
            self._files[number] = _File(self._spill.write(self._file(number)), schema)
        return self._files[number]

    def _file(self, number: int) -> str:
        return f"{self._name}-{number}"


def _whole(tables: list[pa.Table]) -> pa.Table:
    """Return one table whose columns lie in one piece each; there is a row at least."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


class _File:
    """A spill file that rows are added to."""

    def __init__(self, out: SealedWriter, schema: pa.Schema) -> None:
        self._out = out
        self._stream = pa.ipc.new_stream(cast("BinaryIO", out), schema)

    def add(self, rows: pa.Table) -> None:
        self._stream.write_table(rows)

    def finish(self) -> None:
        self._stream.close()
        self._out.finish()
