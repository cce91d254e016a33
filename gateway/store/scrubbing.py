"""Scrubbing the store: what was deleted, or written over, lies in no page and no log of it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from gateway.errors import ConflictError
from gateway.storage import noticing_a_full_disk

if TYPE_CHECKING:
    from sqlalchemy import Engine

_HELD = ("withdrawal", "submission", "extract", "idempotent_answer", "recipe_version")


def scrub(engine: Engine) -> None:
    """Write the store's tables anew, and empty its write-ahead log into it.

    On SQLite deleted cells are zeroed anyway (`secure_delete`); the log keeps older pages until it
    is emptied. On PostgreSQL older versions of rows stay until their table is written anew.

    Does not protect: archives of PostgreSQL's log, and dumps, that were made apart from Weir.

    Raises:
        ConflictError: somebody reads, or writes, for longer than this waits.
        StorageFullError: no room for the new tables; the old ones stay.
    """
    with noticing_a_full_disk(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 - it is connected
            _scrub_sqlite(raw)
            return
        apart = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in _HELD:
            apart.execute(text(f"VACUUM FULL {table}"))


def _scrub_sqlite(connection: Any) -> None:
    connection.execute("PRAGMA query_only = OFF")  # a reader before may have left it on
    try:
        connection.execute("VACUUM")
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        busy = True
    if busy:
        raise ConflictError("the store is in use; its free pages are cleared at the next try")
