"""One snapshot of a dataset, as an Ibis table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.engine import quoted
from gateway.lake.tables import stored_columns, table_path

if TYPE_CHECKING:
    import ibis
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
        names = ", ".join(quoted(name) for name in columns)
        table = table_path(document.dataset)
        return backend.sql(f"SELECT {names} FROM {table} AT (VERSION => {int(snapshot)})")
    empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
    return backend.sql(f"SELECT {empty} WHERE false")
