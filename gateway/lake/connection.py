"""The lake: encrypted tables with snapshots, embedded in the home, owned by one process."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from typing import TYPE_CHECKING, Self

from gateway.errors import LakeError
from gateway.lake import engine
from gateway.lake.engine import explained, literal
from gateway.lake.rewriting import rewrite
from gateway.lake.tables import BOOKKEEPING, LOADS, MARKS, create_books, table_name, table_path
from gateway.lake.upgrading import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    from ibis.backends.duckdb import Backend

    from gateway.homes import Home
    from gateway.keys import Keys

MEMORY_SETTING = "WEIR_LAKE_MEMORY"
LEAST_MEMORY, MOST_MEMORY = 1 << 30, 4 << 30
MOST_THREADS = 4
LONGEST_REST_SECONDS = 120.0  # that anybody waits for the lake
PATIENCE_SECONDS = 5.0  # for readers, where the catalog is to be written anew
_SIZE = re.compile(r"[1-9][0-9]{0,5} ?(MB|GB|MiB|GiB)")
CATALOG = "__ducklake_metadata_lake"  # what DuckLake calls the catalog of `lake`
NO_SNAPSHOT = 0  # the catalog's first, which holds no table


class Lake:
    """An open lake. Every thread and every stream works on a cursor of its own.

    Guarantee:
        The catalog is an encrypted DuckDB file and the tables are encrypted Parquet files; no
        key is in the text of any error. A killed process leaves whole loads or nothing.

    Does not protect:
        A machine taken while the lake is open.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Home, secret: str) -> None:
        """Hold the connection that every cursor comes from; use `Lake.open`."""
        self._connection = connection
        self._home, self._secret = home, secret
        self._cursors, self._writer = threading.Lock(), threading.Lock()
        self._idle = threading.Condition(self._cursors)
        self._resting = False
        self._lent: set[duckdb.DuckDBPyConnection] = set()
        self._snapshots: dict[str, int] = {}
        self._writes = 0

    @classmethod
    def open(
        cls,
        home: Home,
        keys: Keys,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> Self:
        """Open the home's lake, make it where there is none, and clear what a crash left.

        Args:
            home: where catalog, data and spill files lie.
            keys: gives the catalog's key.
            memory_limit: of DuckDB, as it writes it (`1GB`); what needs more spills, encrypted.
                When not given, what `WEIR_LAKE_MEMORY` says, else `usual_memory`.
            threads: of DuckDB; one for each core, four at most, when not given.

        Raises:
            LakeError: the catalog can't be opened, or another process has it open.
            StorageFullError: no room is left on the disk.
        """
        secret = keys.catalog()
        home.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with explained():
            connection = engine.connect(
                home.temp_dir / "lake",
                memory_limit=memory_limit or _memory_setting(),
                threads=threads or min(os.cpu_count() or 1, MOST_THREADS),
            )
            for extension in ("httpfs", "ducklake"):
                engine.load_extension(connection, extension)
            _attach(connection, home, secret)
            engine.lock_down(connection, home.path)
            _prepare(connection)
            return cls(connection, home, secret)
        raise AssertionError  # `explained` raised

    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a cursor; any statement on a cursor ends the stream it had open.

        Raises:
            LakeError, StorageFullError: for every error of DuckDB in the block.
        """
        with explained():
            with self._cursors:
                if not self._idle.wait_for(lambda: not self._resting, LONGEST_REST_SECONDS):
                    raise LakeError("the lake's catalog is being written anew; try again")
                cursor = self._connection.cursor()
                self._lent.add(cursor)
            try:
                yield cursor
            finally:
                with self._cursors:
                    self._lent.discard(cursor)
                    self._idle.notify_all()
                cursor.close()

    def interrupt(self) -> None:
        """End every query that runs now; whoever waits for one gets a LakeError."""
        with self._cursors:
            for cursor in self._lent:
                cursor.interrupt()

    @contextlib.contextmanager
    def engine(self) -> Iterator[Backend]:
        """Lend an Ibis backend on a cursor of its own."""
        import ibis

        engine.hush_ibis()
        with self.cursor() as cursor:
            yield ibis.duckdb.from_connection(cursor)

    def snapshot_now(self) -> int:
        """Return the number of the lake's newest snapshot."""
        return self._number("SELECT id FROM ducklake_current_snapshot('lake')")

    def dataset_snapshot(self, dataset: str) -> int:
        """Return the snapshot that last changed this dataset; loading another leaves it alone.

        One process owns the lake, so that a number holds until that process writes again.
        """
        writes, kept = self._writes, self._snapshots.get(dataset)
        if kept is not None:
            return kept
        found = self._find_snapshot(dataset)
        with self._cursors:
            if writes == self._writes and not self._writer.locked():
                self._snapshots[dataset] = found
        return found

    def _find_snapshot(self, dataset: str) -> int:
        return self._number(
            "SELECT coalesce(max(snapshot_id) FILTER (WHERE list_contains(string_split("
            f"commit_extra_info, ' '), {literal(dataset)})), (SELECT max(snapshot) FROM {MARKS} "
            f"WHERE dataset = {literal(dataset)}), {NO_SNAPSHOT}) FROM lake.snapshots()",
        )

    def version_of(self, dataset: str, snapshot: int) -> int:
        """Return the version to read for a dataset's snapshot: itself, or what stands for it.

        Erasing expires snapshots. The newest one of each dataset then goes on under its number,
        read from the oldest version that there is: nothing of the dataset changed between them.

        Raises:
            LakeError: the snapshot was expired, and the dataset has changed since.
        """
        oldest = self._number("SELECT min(snapshot_id) FROM lake.snapshots()")
        if snapshot >= oldest:
            return snapshot
        marked = self._number(
            f"SELECT coalesce(max(snapshot), -1) FROM {MARKS} WHERE dataset = {literal(dataset)}",
        )
        if snapshot == marked:
            return oldest
        raise LakeError("that snapshot was erased with what was withdrawn; ask for a newer one")

    def count(self, dataset: str) -> tuple[int, int]:
        """Return how many records a dataset holds now, and of how many people."""
        if not self.has_table(dataset):
            return 0, 0
        with self.cursor() as cursor:
            query = f"SELECT count(*), count(DISTINCT weir_person) FROM {table_path(dataset)}"
            records, people = cursor.execute(query).fetchall()[0]
            return int(records), int(people)

    def has_table(self, dataset: str) -> bool:
        """Whether anything was ever loaded into this dataset."""
        return bool(
            self._number(
                "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' "
                f"AND schema_name = 'main' AND table_name = {literal(table_name(dataset))}",
            ),
        )

    def committed_submissions(self) -> frozenset[str]:
        """Return the ids of all submissions whose load is in the lake, whole."""
        with self.cursor() as cursor:
            return frozenset(
                row[0] for row in cursor.execute(f"SELECT submission FROM {LOADS}").fetchall()
            )

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold off other writers of this process; a catalog in the home has no others."""
        with self._writer:
            self._forget_snapshots()
            try:
                yield
            finally:
                self._forget_snapshots()

    def _forget_snapshots(self) -> None:
        with self._cursors:
            self._writes += 1
            self._snapshots = {}

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """Keep the files as they are, everything written into them, so that they can be copied."""
        with self.writing(), self.cursor() as cursor:
            cursor.execute(f"CHECKPOINT {CATALOG}")
            yield

    def renew_catalog(self) -> bool:
        """Write the catalog into a new file without what was deleted; False while it is in use.

        Waits some seconds until nobody reads, and keeps new readers waiting for as long.

        Guarantee: whatever stops it, there is the old catalog, whole, or the new one.

        Raises:
            LakeError, StorageFullError: the old one stays in use.
        """
        with self._writer, self._alone() as alone:
            if not alone:
                return False
            with explained():
                self._connection.execute("USE memory")
                self._connection.execute("DETACH lake")
            home = self._home
            try:
                rewrite(home.catalog_file, self._secret, home.path, home.temp_dir)
            finally:
                with explained():
                    _attach(self._connection, home, self._secret)
            return True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Lend no cursor while the block lasts; False where those lent don't come back in time.

        Whoever holds one may be waiting for a second: then neither goes on until this gives up.
        """
        with self._cursors:
            self._resting = True
        try:
            with self._cursors:
                idle = self._idle.wait_for(lambda: not self._lent, PATIENCE_SECONDS)
            yield idle
        finally:
            with self._cursors:
                self._resting = False
                self._idle.notify_all()

    def _number(self, query: str) -> int:
        with self.cursor() as cursor:
            row = cursor.execute(query).fetchone()
            return int(row[0]) if row else NO_SNAPSHOT

    def close(self) -> None:
        """Close the lake; open streams end."""
        self._connection.close()


def usual_memory() -> str:
    """Return how much the lake may use of this machine: a quarter, 1 GiB at least, 4 at most."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(max(physical // 4, LEAST_MEMORY), MOST_MEMORY) >> 20}MiB"


def _memory_setting() -> str:
    """Return what the operator allows the lake.

    Raises:
        LakeError: it isn't a size.
    """
    said = os.environ.get(MEMORY_SETTING)
    if said and not _SIZE.fullmatch(said):
        raise LakeError(f"{MEMORY_SETTING} is no size: write it like 2GB or 512MB")
    return said or usual_memory()


def _attach(connection: duckdb.DuckDBPyConnection, home: Home, secret: str) -> None:
    """Attach the catalog. Everything else works the same on another catalog's address.

    A home that was moved, or restored elsewhere, has its data beside its catalog: the catalog
    names files relative to the folder, so the folder that it remembers is overridden.
    httpfs brings OpenSSL, without which DuckDB refuses to write encrypted files. With the row
    limit of 0 no value is written into the catalog instead of a Parquet file.
    """
    connection.execute(
        f"ATTACH {literal(f'ducklake:{home.catalog_file}')} AS lake "
        f"(DATA_PATH {literal(f'{home.data_dir}/')}, OVERRIDE_DATA_PATH true, ENCRYPTED, "
        f"META_ENCRYPTION_KEY {literal(secret)}, DATA_INLINING_ROW_LIMIT 0)",
    )


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{BOOKKEEPING}")
    for statement in create_books():
        connection.execute(statement)
    upgrade(connection)
