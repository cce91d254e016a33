"""The release ledger: who was released in which class, one sealed file for each release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = pa.schema(
    [
        ("person", pa.binary(16)),
        ("record", pa.binary(16)),
        ("class", pa.int32()),
    ],
)


def write_classes(
    path: Path, key: bytes, *, people: pa.Array, records: pa.Array, classes: pa.Array
) -> None:
    """Write root of person, root of record and class of every released row, in row order.

    Args:
        path: where the sealed file goes; durable when this returns.
        key: 32 bytes of its own, apart from the content's key, which a recall destroys.
        people: (n,) roots, 16 bytes each.
        records: (n,) likewise.
        classes: (n,) the row's equivalence class, numbered within this release.
    """
    table = pa.table(
        {
            "person": people.cast(pa.binary(16)),
            "record": records.cast(pa.binary(16)),
            "class": classes.cast(pa.int32()),
        },
        schema=SCHEMA,
    )
    with SealedWriter(path, key) as out:
        pq.write_table(table, out, compression="zstd")


def read_classes(path: Path, key: bytes) -> pa.Table:
    """Read back what `write_classes` wrote.

    Raises:
        SealedFileError: the file was changed, cut or sealed with another key.
    """
    with SealedReader(path, key) as source:
        return pq.read_table(source)
