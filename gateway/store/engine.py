"""The store's engine: SQLite by default, PostgreSQL for more than one worker."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from gateway.storage import noticing_a_full_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

_READ_ONLY = "weir_read_only"
_POOL = {"max_overflow": 60}
"""More connections than a gateway has threads: a transaction that holds one, and what others wait
for, may need a second one to read; it must never wait for those who wait for it."""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "busy_timeout = 30000",
    "secure_delete = ON",
)


def open_store(url: str) -> Engine:
    """Open the store at a SQLAlchemy address, `sqlite:///...` or `postgresql://...`.

    **Guarantee.** A committed transaction survives a crash of the machine (`synchronous=FULL`).
    On SQLite, writers are serialized from their first statement, so that what a transaction
    has read is still true when it writes. On PostgreSQL a writer locks what it counts on.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address)
    driven = address.set(drivername="postgresql+psycopg")
    return create_engine(driven, pool_pre_ping=True, **_POOL)


def _open_sqlite(address: URL) -> Engine:
    if address.database not in (None, "", ":memory:"):
        # Made here, so that nobody else can read it even for a moment.
        Path(str(address.database)).touch(mode=0o600, exist_ok=True)
    engine = create_engine(address, connect_args={"check_same_thread": False}, **_POOL)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get(_READ_ONLY, False))
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
    # A reader sees one snapshot and waits for nobody. A writer takes the lock before it reads:
    # a lock taken later, at the first write, could find its reads out of date.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open one writing transaction: committed when the block ends, rolled back if it raises.

    Raises:
        StorageFullError: no room is left; the transaction never happened.
    """
    with (
        noticing_a_full_disk(),
        Session(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open one reading transaction over one snapshot; a write in it fails."""
    options = {_READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options = {"postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        yield session


def insert_once(session: Session, row: SQLModel) -> bool:
    """Insert a row unless its unique key is taken; say whether it was inserted.

    **Guarantee.** Of several transactions that insert the same key, in any process, one is
    told True.
    """
    try:
        with session.begin_nested():
            session.execute(insert(type(row)).values(**row.model_dump()))
    except IntegrityError:
        return False
    return True
