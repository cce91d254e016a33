"""Rows in keyed order, however many: an external bucket sort.

Rows are put into buckets by the first bits of their place in the keyed order, each bucket a
spill file; bucket after bucket is then read, sorted in memory and handed on. The order is that of
one sort of everything: it depends on the rows' roots and the key, not on the number of buckets or
on how the rows came. Few rows are one bucket, and stay in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from anonymizers.pseudonyms import keyed_buckets, keyed_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from gateway.sealed import SealedWriter
    from gateway.spill import Spill

BUCKET_ROWS = 1 << 19  # sorted in memory at once: about 100 MB
MOST_BITS = 8  # 256 open files
RECORD = "weir_record"


class KeyedRows:
    """Takes rows in any order, gives them back in keyed order."""

    def __init__(self, spill: Spill, key: bytes, expected: int) -> None:
        """Begin without rows.

        Args:
            spill: takes what doesn't fit in memory.
            key: 32 bytes, of the order.
            expected: about how many rows will come; decides on the number of buckets.
        """
        self._spill, self._key = spill, key
        self._bits = min(max(expected - 1, 0) // BUCKET_ROWS, (1 << MOST_BITS) - 1).bit_length()
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._buckets: dict[int, _Bucket] = {}
        self.num_rows = 0

    def add(self, rows: pa.Table) -> None:
        """Take some rows; `weir_record` is the root that orders them."""
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        self.num_rows += rows.num_rows
        if self._bits and self._waiting_rows >= BUCKET_ROWS:
            self._put_away()

    def finish(self) -> None:
        """Take no more rows; with buckets, let go of all memory."""
        if self._bits:
            self._put_away()
            for bucket in self._buckets.values():
                bucket.finish()

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield all rows in keyed order, a bucket at a time; as often as asked.

        Raises:
            SealedFileError: a spill file was changed.
        """
        if not self._bits:
            yield from self._sorted(self._waiting)
        for number in sorted(self._buckets):
            with self._spill.read(str(number)) as source, pa.ipc.open_stream(source) as stream:
                yield from self._sorted([stream.read_all()])

    def _sorted(self, tables: list[pa.Table]) -> Iterator[pa.Table]:
        if tables:
            rows = _whole(tables)
            yield rows.take(keyed_order(rows[RECORD].chunk(0), self._key))

    def _put_away(self) -> None:
        """Put what waits into its buckets."""
        if not self._waiting_rows:
            return
        rows = _whole(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        numbers = keyed_buckets(rows[RECORD].chunk(0), self._key, self._bits)
        rows = rows.take(np.argsort(numbers, kind="stable"))
        counts = np.bincount(numbers, minlength=1 << self._bits)
        starts = np.cumsum(counts) - counts
        for number in np.flatnonzero(counts).tolist():
            self._bucket(number, rows.schema).add(rows.slice(starts[number], counts[number]))

    def _bucket(self, number: int, schema: pa.Schema) -> _Bucket:
        if number not in self._buckets:
            self._buckets[number] = _Bucket(self._spill.write(str(number)), schema)
        return self._buckets[number]


def _whole(tables: list[pa.Table]) -> pa.Table:
    """Return one table whose columns lie in one piece each; there is a row at least."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


class _Bucket:
    """A spill file that rows are added to."""

    def __init__(self, out: SealedWriter, schema: pa.Schema) -> None:
        self._out = out
        self._stream = pa.ipc.new_stream(cast("BinaryIO", out), schema)

    def add(self, rows: pa.Table) -> None:
        self._stream.write_table(rows)

    def finish(self) -> None:
        self._stream.close()
        self._out.finish()
