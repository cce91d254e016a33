"""One snapshot of a dataset: its records and its people's statements, as Ibis tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.engine import literal, quoted
from gateway.lake.tables import ADDED, BOOKS, STATEMENTS, stored_columns, table_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument


def read_snapshot(
    backend: Backend, lake: Lake, document: DatasetDocument, snapshot: int
) -> ibis.Table:
    """Return a dataset's records as they were at a snapshot; none where it wasn't loaded yet.

    Args:
        backend: on a cursor of the lake.
        lake: says whether there is a table.
        document: the dataset.
        snapshot: from `Lake.dataset_snapshot`.
    """
    columns = stored_columns(document)
    if snapshot and lake.has_table(document.dataset):
        version = lake.version_of(document.dataset, snapshot)
        table = f"{table_path(document.dataset)} AT (VERSION => {int(version)})"
        return backend.sql(f"SELECT {_names(columns, lake, table)} FROM {table}")
    return _nothing(backend, columns)


def has_identities(lake: Lake, document: DatasetDocument, snapshot: int) -> bool:
    """Whether a snapshot is from since there are links."""
    if not snapshot or not lake.has_table(document.dataset):
        return False
    version = lake.version_of(document.dataset, snapshot)
    return not _lacking(lake, f"{table_path(document.dataset)} AT (VERSION => {int(version)})")


def _names(columns: Iterable[str], lake: Lake, table: str) -> str:
    """List columns, those that an early snapshot lacks by what stands for them."""
    lacking = _lacking(lake, table)
    return ", ".join(
        f"{lacking[name]} AS {name}" if name in lacking else quoted(name) for name in columns
    )


def _lacking(lake: Lake, table: str) -> dict[str, str]:
    with lake.cursor() as cursor:
        described = cursor.execute(f"SELECT * FROM {table} LIMIT 0").description
    there = {column[0] for column in described}
    return {name: source for name, source in ADDED.items() if name not in there}


def read_statements(
    backend: Backend, lake: Lake, document: DatasetDocument, snapshot: int
) -> ibis.Table:
    """Return what a dataset's people had said about consent by a snapshot, all of it.

    Args:
        backend: on a cursor of the lake.
        lake: says whether there is a table.
        document: the dataset.
        snapshot: the one that records are read at.
    """
    if not snapshot or not lake.has_table(document.dataset):
        return _nothing(backend, BOOKS[STATEMENTS])
    version = lake.version_of(document.dataset, snapshot)
    table = f"{STATEMENTS} AT (VERSION => {int(version)})"
    names = _names(BOOKS[STATEMENTS], lake, table)
    return backend.sql(f"SELECT {names} FROM {table} WHERE dataset = {literal(document.dataset)}")


def read_loads(lake: Lake, document: DatasetDocument, snapshot: int, records: pa.Array) -> pa.Table:
    """Return `record` and `submission` of some records, in the order given.

    Args:
        lake: holds them.
        document: the dataset.
        snapshot: that has all of these records.
        records: binary(16), their roots, each once.
    """
    import ibis
    import pyarrow as pa

    places = pa.array(range(len(records)), pa.int64())
    asked = ibis.memtable(pa.table({"record": records.cast(pa.binary()), "place": places}))
    with lake.engine() as backend:
        stored = read_snapshot(backend, lake, document, snapshot)
        joined = asked.inner_join(stored, asked.record == stored.weir_record).order_by("place")
        return backend.to_pyarrow(joined.select("record", submission=stored.weir_submission))


def _nothing(backend: Backend, columns: Mapping[str, str]) -> ibis.Table:
    empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
    return backend.sql(f"SELECT {empty} WHERE false")
