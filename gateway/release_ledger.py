"""The release ledger: who was released in which class, one sealed file for each release."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO, Self, cast

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.release_parts import Part

SCHEMA = pa.schema(
    [
        ("person", pa.binary(16)),
        ("record", pa.binary(16)),
        ("class", pa.int32()),
    ],
)


class LedgerWriter:
    """Writes root of person, root of record and class of every released row, in row order.

    The file is whole and durable when `close` returns, and not before; left by an error it stays
    without its end, and no reader opens it.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        """Begin the file.

        Args:
            path: where the sealed file goes.
            key: 32 bytes of its own, apart from the content's key, which a recall destroys.
        """
        self._out = SealedWriter(path, key)
        self._table = pq.ParquetWriter(cast("BinaryIO", self._out), SCHEMA, compression="zstd")

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Close the file, or abandon it where the block was left by an error."""
        if kind is None:
            self.close()
            return
        with contextlib.suppress(OSError, pa.ArrowException):  # it would try again when forgotten
            self._table.close()
        self._out.abandon()

    def add(self, part: Part) -> None:
        """Add the rows of a part; each row's class is numbered within its release."""
        columns = (part.people, part.records, part.classes)
        arrays = [values.cast(kind) for values, kind in zip(columns, SCHEMA.types, strict=True)]
        self._table.write_table(pa.table(arrays, schema=SCHEMA))

    def close(self) -> None:
        """End the file and make it durable."""
        self._table.close()
        self._out.close()


def read_classes(path: Path, key: bytes) -> pa.Table:
    """Read back what `write_classes` wrote.

    Raises:
        SealedFileError: the file was changed, cut or sealed with another key.
    """
    with SealedReader(path, key) as source:
        return pq.read_table(source)
