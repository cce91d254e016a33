"""The release ledger: who was released in which class, one sealed file for each release.

A row says whose the record was then, and under which identity it came: people may be linked, or
told apart, later. Records that lent a released one a value (`lake/filling`) have a row too, of no
class: what ends a release by a record in it ends it by theirs.

Its rows stand in an order of their own: that of the AES of their records' roots under a key which
all ledgers of a home share. So the ledger says who is in a file, and in which class, and not in
which row: with rows in the file's order it would name the person behind every token, random and
erased ones too. The order is a function of the set of records alone; nothing of the file's order
goes in, and no reader may rely on any.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO, Self, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gateway.keyed_rows import RECORD
from gateway.lake.filling import NO_LENDERS
from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.keyed_rows import KeyedRows
    from gateway.release_parts import Part

SCHEMA = pa.schema(
    [
        ("person", pa.binary(16)),
        ("record", pa.binary(16)),
        ("class", pa.int32()),
        ("identity", pa.binary(16)),
    ],
)
NO_CLASS = -1
_KEPT = ("person", RECORD, "class", "identity")  # the same, by the names that keyed rows ask for


class LedgerWriter:
    """Takes the roots of person, record and identity and the class of every row, and writes them.

    The file is whole and durable when `close` returns, and not before; left by an error it stays
    without its end, and no reader opens it.
    """

    def __init__(
        self, path: Path, key: bytes, rows: KeyedRows, lenders: pa.Table = NO_LENDERS
    ) -> None:
        """Begin the file.

        Args:
            path: where the sealed file goes.
            key: 32 bytes of its own, apart from the content's key, which a recall destroys.
            rows: holds and orders what comes, outside of memory; its own order key, never the
                file's.
            lenders: `person`, `record` and `identity` of records that lent a value to one of the
                person's that may come; those of people who don't come are left out.
        """
        self._rows, self._lenders = rows, lenders
        self._lent_to: set[bytes] = set()
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
        columns = (part.people, part.records, part.classes, part.identities)
        arrays = [values.cast(kind) for values, kind in zip(columns, SCHEMA.types, strict=True)]
        self._rows.add(pa.table(arrays, names=_KEPT))
        if self._lenders.num_rows:
            lent = pc.is_in(arrays[0], value_set=self._lenders["person"].combine_chunks())
            self._lent_to.update(arrays[0].filter(lent).to_pylist())

    def close(self) -> None:
        """Write what came, end the file and make it durable."""
        self._add_lenders()
        self._rows.finish()
        for rows in self._rows:
            self._table.write_table(rows.rename_columns(SCHEMA.names))
        self._table.close()
        self._out.close()

    def _add_lenders(self) -> None:
        people = pa.array(sorted(self._lent_to), pa.binary(16))
        lent = self._lenders.filter(pc.is_in(self._lenders["person"], value_set=people))
        classes = pa.array([NO_CLASS] * lent.num_rows, pa.int32())
        self._rows.add(
            pa.table([lent["person"], lent["record"], classes, lent["identity"]], names=_KEPT)
        )

    def records(self) -> Iterator[pa.Array]:
        """Yield the roots of all records in the ledger's order, binary(16), once it is closed."""
        for rows in self._rows:
            yield rows[RECORD].combine_chunks()


def read_classes(path: Path, key: bytes) -> pa.Table:
    """Read back what was written, in the ledger's order.

    In a ledger from before there were links everybody has one identity.

    Raises:
        SealedFileError: the file was changed, cut or sealed with another key.
    """
    with SealedReader(path, key) as source:
        ledger = pq.read_table(source)
    if "identity" in ledger.column_names:
        return ledger
    return ledger.append_column("identity", ledger["person"])


def released_rows(ledger: pa.Table) -> pa.Table:
    """Leave out the records that only lent a value."""
    return ledger.filter(pc.not_equal(ledger["class"], NO_CLASS))
