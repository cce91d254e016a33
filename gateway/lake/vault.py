"""The identifier vault: raw identifiers and free text, apart from everything that is released.

Guarantee:
    Nothing on the way of a release opens this file, but where a policy redacts free text; it has
    a key of its own (AES-256 in DuckDB's encrypted format, its log included).

Does not protect:
    Who holds the vault's key and the domain keys turns roots back into people. That is what
    it is for.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Self

import pyarrow as pa

from gateway.errors import LakeError
from gateway.lake import engine
from gateway.lake.engine import explained, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import duckdb

    from gateway.homes import Home
    from gateway.keys import Keys
    from gateway.lake.taking import Withdrawn

MEMORY_LIMIT = "512MB"
THREADS = 2

_TABLES = (
    "identifiers (domain VARCHAR, root BLOB, value VARCHAR, submission VARCHAR)",
    "texts (dataset VARCHAR, record BLOB, field VARCHAR, value VARCHAR, submission VARCHAR)",
    "settled (submission VARCHAR)",
)


class Vault:
    """An open vault; threads take turns.

    What a submission brings counts only once the submission is settled: until then it can be
    taken out again without touching what others brought.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Hold the connection; use `Vault.create` or `Vault.open`."""
        self._connection = connection
        self._turn = threading.RLock()

    @classmethod
    def create(cls, home: Home, keys: Keys) -> Self:
        """Make the vault of a new home, and open it.

        Raises:
            StorageFullError: no room is left on the disk.
        """
        return cls._attached(home, keys)

    @classmethod
    def open(cls, home: Home, keys: Keys) -> Self:
        """Open the home's vault.

        Raises:
            LakeError: it isn't there, can't be opened, or another process has it open.
            StorageFullError: no room is left on the disk.
        """
        if not home.vault_file.is_file():
            # An empty one in its place would look as if nobody were behind the tokens.
            raise LakeError(
                f"the identifier vault {home.vault_file} isn't there: loading needs it, releases "
                "don't; put it back, or restore it from a backup, then load again",
            )
        return cls._attached(home, keys)

    @classmethod
    def _attached(cls, home: Home, keys: Keys) -> Self:
        secret = keys.vault()
        with explained():
            spill = home.temp_dir / "vault"
            connection = engine.connect(spill, memory_limit=MEMORY_LIMIT, threads=THREADS)
            engine.load_extension(connection, "httpfs")  # OpenSSL: needed to write encrypted files
            connection.execute(
                f"ATTACH {literal(str(home.vault_file))} AS vault "
                f"(ENCRYPTION_KEY {literal(secret)})",
            )
            engine.lock_down(connection, home.path)
            for table in _TABLES:
                connection.execute(f"CREATE TABLE IF NOT EXISTS vault.{table}")
            home.vault_file.chmod(0o600)
            return cls(connection)
        raise AssertionError  # `explained` raised

    def deposit_identifiers(
        self, submission: str, domain: str, roots: pa.Array, values: pa.Array
    ) -> None:
        """Keep identifiers under their roots, those that no settled submission brought.

        Args:
            submission: that brings them.
            domain: of the identifiers.
            roots: binary(16); NULL is nobody.
            values: as they came.
        """
        self._insert(
            pa.table({"root": roots.cast(pa.binary()), "value": values}),
            f"INSERT INTO vault.identifiers SELECT {literal(domain)}, root, first(value), "
            f"{literal(submission)} FROM batch WHERE root IS NOT NULL AND root NOT IN ("
            "SELECT root FROM vault.identifiers SEMI JOIN vault.settled USING (submission) "
            f"WHERE domain = {literal(domain)}) GROUP BY root",
        )

    def deposit_texts(
        self, submission: str, dataset: str, field: str, records: pa.Array, values: pa.Array
    ) -> None:
        """Keep the free text of records; of several for one record the first, once settled.

        Args:
            submission: that brings it.
            dataset: where it is from.
            field: the column it is from.
            records: binary(16) roots of the records.
            values: as they came; NULL is none.
        """
        self._insert(
            pa.table({"record": records.cast(pa.binary()), "value": values}),
            f"INSERT INTO vault.texts SELECT {literal(dataset)}, record, {literal(field)}, value, "
            f"{literal(submission)} FROM batch WHERE value IS NOT NULL",
        )

    def _insert(self, batch: pa.Table, statement: str) -> None:
        with self._my_turn():
            self._connection.register("batch", batch)
            self._connection.execute(statement)
            self._connection.unregister("batch")

    def settle(self, submission: str, dataset: str, superseded: pa.Array) -> None:
        """Count a submission as loaded, and drop the text of records it replaced.

        Args:
            submission: whose load is in the lake.
            dataset: it went into.
            superseded: binary(16) roots of the records that it updated or removed.
        """
        with self._my_turn():
            self._connection.execute("BEGIN")
            self._connection.register("gone", pa.table({"record": superseded.cast(pa.binary())}))
            self._connection.execute(
                f"DELETE FROM vault.texts WHERE dataset = {literal(dataset)} "
                f"AND submission <> {literal(submission)} AND record IN (SELECT record FROM gone)",
            )
            self._connection.unregister("gone")
            self._mark_settled(submission)
            self._connection.execute("COMMIT")

    def _mark_settled(self, submission: str) -> None:
        given = f"vault.texts WHERE submission = {literal(submission)}"
        self._connection.execute(
            f"DELETE FROM {given} AND rowid NOT IN "
            f"(SELECT min(rowid) FROM {given} GROUP BY record, field)",
        )
        self._connection.execute(
            f"INSERT INTO vault.settled SELECT {literal(submission)} "
            f"WHERE {literal(submission)} NOT IN (SELECT submission FROM vault.settled)",
        )

    def forget(self, submission: str) -> None:
        """Take out what a submission brought that didn't come to be loaded."""
        with self._my_turn():
            for table in ("identifiers", "texts"):
                self._connection.execute(
                    f"DELETE FROM vault.{table} WHERE submission = {literal(submission)} "
                    "AND submission NOT IN (SELECT submission FROM vault.settled)",
                )

    def forget_withdrawn(
        self, dataset: str, texts: Withdrawn, identifiers: Mapping[str, Sequence[bytes]]
    ) -> None:
        """Take out what was withdrawn; only while nobody is bringing anything in.

        Args:
            dataset: whose texts.
            texts: of the records that went, and the loads of those that are there again.
            identifiers: by domain, roots that no record of any dataset holds any more.
        """
        gone = {"gone": pa.table({"record": pa.array(texts.gone, pa.binary())})}
        with self._my_turn(), self._registered(**gone, current=texts.current):
            self._connection.execute("BEGIN")
            self._connection.execute(
                f"DELETE FROM vault.texts WHERE dataset = {literal(dataset)} "
                "AND record IN (SELECT record FROM gone) "
                "AND (record, submission) NOT IN (SELECT (record, submission) FROM current)",
            )
            for domain, roots in identifiers.items():
                with self._registered(roots=pa.table({"root": pa.array(roots, pa.binary())})):
                    self._connection.execute(
                        f"DELETE FROM vault.identifiers WHERE domain = {literal(domain)} "
                        "AND root IN (SELECT root FROM roots)",
                    )
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _registered(self, **tables: pa.Table) -> Iterator[None]:
        for name, table in tables.items():
            self._connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self._connection.unregister(name)

    def brought_by(self, submissions: Sequence[str]) -> dict[str, frozenset[bytes]]:
        """Return, by domain, the roots of all identifiers that some submissions brought."""
        named = ", ".join(map(literal, submissions)) or "''"
        with self._my_turn():
            rows = self._connection.execute(
                "SELECT domain, list(root) FROM vault.identifiers "
                f"WHERE submission IN ({named}) GROUP BY domain",
            ).fetchall()
        return {str(domain): frozenset(map(bytes, roots)) for domain, roots in rows}

    def forget_identifiers(self, submission: str, domain: str, roots: pa.Array) -> None:
        """Take out identifiers that an unsettled submission brought, and no record of it has.

        Args:
            submission: that brought them.
            domain: of the identifiers.
            roots: binary(16) of those whose rows were refused after they were read.
        """
        self._forget_keys("identifiers", "root", submission, roots, f"domain = {literal(domain)}")

    def forget_texts(self, submission: str, records: pa.Array) -> None:
        """Take out the free text of records that were refused after they were read.

        Args:
            submission: that brought it, unsettled.
            records: binary(16) roots of the records.
        """
        self._forget_keys("texts", "record", submission, records, "true")

    def _forget_keys(
        self, table: str, key: str, submission: str, keys: pa.Array, which: str
    ) -> None:
        with self._my_turn():
            self._connection.register("gone", pa.table({"key": keys.cast(pa.binary())}))
            self._connection.execute(
                f"DELETE FROM vault.{table} WHERE submission = {literal(submission)} "
                f"AND submission NOT IN (SELECT submission FROM vault.settled) AND {which} "
                f"AND {key} IN (SELECT key FROM gone)",
            )
            self._connection.unregister("gone")

    def forget_submissions(self, known: Iterable[str]) -> None:
        """Mend what a crash left: settle loads that the lake holds, take out all others.

        Args:
            known: submissions whose load is in the lake (`Lake.committed_submissions`).
        """
        committed = frozenset(known)
        for submission in self._unsettled():
            if submission in committed:
                with self._my_turn():
                    self._mark_settled(submission)
            else:
                self.forget(submission)

    def settled(self) -> frozenset[str]:
        """Return the submissions that count as loaded."""
        with self._my_turn():
            rows = self._connection.execute("SELECT submission FROM vault.settled").fetchall()
        return frozenset(str(row[0]) for row in rows)

    def text_records(self, dataset: str) -> pa.Table:
        """Return `record` and `submission` of every text of a dataset."""
        with self._my_turn():
            return self._connection.execute(
                "SELECT DISTINCT record, submission FROM vault.texts "
                f"WHERE dataset = {literal(dataset)}",
            ).to_arrow_table()

    def texts_of(self, dataset: str, field: str, records: pa.Table) -> pa.Array:
        """Return the free text of records, as they came; NULL where there is none.

        A text counts for the load that its record is of: what a later load said about a record
        isn't part of an earlier snapshot.

        Args:
            dataset: where they are from.
            field: the column of free text.
            records: `record`, its binary(16) root, and `submission`, its load; each record once.
        """
        wanted = pa.table(
            {
                "place": pa.array(range(records.num_rows), pa.int64()),
                "record": records["record"].cast(pa.binary()),
                "submission": records["submission"],
            },
        )
        with self._my_turn():
            self._connection.register("wanted", wanted)
            found = self._connection.execute(
                "SELECT texts.value FROM wanted LEFT JOIN (SELECT record, submission, value FROM "
                f"vault.texts SEMI JOIN vault.settled USING (submission) WHERE dataset = "
                f"{literal(dataset)} AND field = {literal(field)}) texts "
                "USING (record, submission) ORDER BY place",
            ).to_arrow_table()
            self._connection.unregister("wanted")
        return found["value"].combine_chunks().cast(pa.string())

    def _unsettled(self) -> list[str]:
        with self._my_turn():
            rows = self._connection.execute(
                "SELECT submission FROM vault.identifiers UNION SELECT submission FROM vault.texts "
                "EXCEPT SELECT submission FROM vault.settled ORDER BY submission",
            ).fetchall()
        return [str(row[0]) for row in rows]

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        with self._turn, explained():
            yield

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """Keep the file as it is, everything written into it, so that it can be copied."""
        with self._my_turn():
            self._connection.execute("CHECKPOINT vault")
            yield

    def value_of(self, domain: str, root: bytes) -> str | None:
        """Return the identifier behind a root, as it first came; None where there is none."""
        with self._my_turn():
            row = self._connection.execute(
                "SELECT value FROM vault.identifiers SEMI JOIN vault.settled USING (submission) "
                f"WHERE domain = {literal(domain)} AND root = from_hex({literal(root.hex())})",
            ).fetchone()
        return None if row is None else str(row[0])

    def values_of(self, domain: str, roots: pa.Array) -> pa.Array:
        """Return the identifiers behind roots, as they first came, in order; NULL where none is.

        Args:
            domain: of the identifiers.
            roots: binary(16); NULL is nobody.
        """
        wanted = pa.table(
            {"place": pa.array(range(len(roots)), pa.int64()), "root": roots.cast(pa.binary())},
        )
        with self._my_turn():
            self._connection.register("wanted", wanted)
            found = self._connection.execute(
                "SELECT value FROM wanted LEFT JOIN (SELECT root, first(value) AS value FROM "
                "vault.identifiers SEMI JOIN vault.settled USING (submission) "
                f"WHERE domain = {literal(domain)} GROUP BY root) USING (root) ORDER BY place",
            ).to_arrow_table()
            self._connection.unregister("wanted")
        return found["value"].combine_chunks().cast(pa.string())

    def close(self) -> None:
        """Close the vault."""
        self._connection.close()
