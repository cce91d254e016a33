"""Upgrading: tables of homes from before there were links get the columns that links need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.engine import literal, quoted
from gateway.lake.tables import ADDED, BOOKKEEPING, PROVENANCE

if TYPE_CHECKING:
    import duckdb

_TOLD_BY = "weir_person"


def upgrade(connection: duckdb.DuckDBPyConnection) -> None:
    """Add what is missing, each record its own identity; whole or not at all.

    No dataset counts as changed: what it says is what it said. Earlier snapshots stay without
    these columns (`gateway/lake/snapshots.py` reads both).
    """
    outdated = [*_tables_without(connection)]
    if not outdated:
        return
    connection.execute("BEGIN")
    try:
        for schema, table, columns in outdated:
            path = f"lake.{quoted(schema)}.{quoted(table)}"
            for added in columns:
                kind = PROVENANCE[added]
                connection.execute(f"ALTER TABLE {path} ADD COLUMN {added} {kind}")
            filled = ", ".join(f"{added} = {ADDED[added]}" for added in columns)
            connection.execute(f"UPDATE {path} SET {filled}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _tables_without(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the tables with people in them that lack a column: schema, name, what they lack."""
    rows = connection.execute(
        "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() "
        "WHERE database_name = 'lake' AND (schema_name = 'main' OR schema_name = "
        f"{literal(BOOKKEEPING)}) GROUP BY ALL ORDER BY ALL",
    ).fetchall()
    found = []
    for schema, table, names in rows:
        wanted = (name for name, source in ADDED.items() if source in names)
        lacking = tuple(name for name in wanted if name not in names)
        if _TOLD_BY in names and lacking:
            found.append((schema, table, lacking))
    return found
