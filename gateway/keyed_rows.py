"""Rows in keyed order, however many: an external bucket sort.

Rows are put into buckets by the first bits of their place in the keyed order; bucket after bucket
is then read, sorted in memory and handed on. The order is that of one sort of everything: it
depends on the rows' roots and the key, not on the number of buckets or on how the rows came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.pseudonyms import keyed_buckets, keyed_order
from gateway.buckets import Buckets

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from gateway.spill import Spill

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
        self._key = key
        self._buckets = Buckets(spill, "rows", expected, self._numbers)
        self.num_rows = 0

    def add(self, rows: pa.Table) -> None:
        """Take some rows; `weir_record` is the root that orders them."""
        self._buckets.add(rows)
        self.num_rows += rows.num_rows

    def finish(self) -> None:
        """Take no more rows; with buckets, let go of all memory."""
        self._buckets.finish()

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield all rows in keyed order, a bucket at a time; as often as asked.

        Raises:
            SealedFileError: a spill file was changed.
        """
        for rows in self._buckets:
            yield rows.take(keyed_order(rows[RECORD].chunk(0), self._key))

    def _numbers(self, rows: pa.Table, bits: int) -> NDArray[np.uint16]:
        return keyed_buckets(rows[RECORD].chunk(0), self._key, bits)
