"""The token vault: random tokens and whose they are, for policies that want no derived ones.

A token is 128 random bits, drawn once for each identifier, partner, agreement, dataset, domain and
epoch, and kept here. Nothing computes it: without this file a token itself says nothing, whoever
holds every key of the home. HIPAA's safe harbor asks for that (45 CFR 164.514(c): a code not
derived from information about the individual); the identifiers themselves lie in yet another file.

A random token in the third row is worth nothing if a key tells who stands in the third row. So the
order of files with such tokens has a secret of its own (`row_order.py`), drawn for each partner,
agreement and dataset, kept here, and erased together with the tokens.

Guarantee:
    A token is on the disk before it is returned, so before any byte that holds it can be read. A
    killed process leaves whole calls or nothing. The file is encrypted (AES-256 in DuckDB's
    format, its log included) under a key of its own.

Does not protect:
    Who holds this file and its key links tokens to roots. A backup that is older than a token
    doesn't have it: restored from it, the same person gets another token. A token stands in a row:
    who has the lake, or another file on the same people, may tell by the row's values whose it
    is, as far as k and l let them. Derived tokens in the same row name its person to the keys.
"""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.pseudonyms import ROOT, ROOT_BYTES
from gateway.errors import LakeError
from gateway.lake import engine
from gateway.lake.engine import explained, literal
from gateway.lake.rewriting import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from gateway.homes import Home
    from gateway.keys import Keys

MEMORY_LIMIT = "512MB"
THREADS = 2

_PARTS = ("partner", "agreement", "dataset", "domain", "epoch")
_TABLES = (
    f"scopes (scope INTEGER, {', '.join(f'{part} VARCHAR' for part in _PARTS)})",
    "tokens (scope INTEGER, root BLOB, token BLOB)",
    "orders (partner VARCHAR, agreement VARCHAR, dataset VARCHAR, secret BLOB)",
)
SECRET_BYTES = 32


@dataclass(frozen=True)
class TokenScope:
    """Where a token is valid: everything that separates one recipient's tokens from another's.

    Attributes:
        partner, agreement: who receives the tokens, and under what.
        dataset, domain: of the identifiers.
        epoch: from when on they change.
    """

    partner: str
    agreement: str
    dataset: str
    domain: str
    epoch: str


class TokenVault:
    """A home's token vault, opened when the first token is asked for; threads take turns."""

    def __init__(self, home: Home, keys: Keys) -> None:
        """Stand before a home's token vault; nothing is opened yet."""
        self._home, self._keys = home, keys
        self._turn = threading.RLock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    @classmethod
    def create(cls, home: Home, keys: Keys) -> None:
        """Make the token vault of a new home.

        Raises:
            StorageFullError: no room is left on the disk.
        """
        made = cls(home, keys)
        with explained():
            made._attached().close()
            home.token_vault_file.chmod(0o600)

    def tokens(self, scope: TokenScope, roots: pa.Array) -> pa.Array:
        """Return each root's token, drawing those that were never asked for; NULL stays NULL.

        Args:
            scope: where the tokens are valid.
            roots: binary(16).

        Returns:
            binary(16), as long as `roots`.

        Raises:
            LakeError: the vault isn't there, or another process has it open.
            StorageFullError: no room is left; no new token was kept.
        """
        numbered = pa.table({"place": np.arange(len(roots)), "root": roots.cast(pa.binary())})
        with self._opened() as connection:
            connection.register("asked", numbered)
            number = self._draw_missing(connection, scope)
            found = connection.execute(
                f"SELECT token FROM asked LEFT JOIN (SELECT root, token FROM tokens.tokens "
                f"WHERE scope = {number}) USING (root) ORDER BY place",
            ).to_arrow_table()
            connection.unregister("asked")
        return found["token"].combine_chunks().cast(ROOT)

    def _draw_missing(self, connection: duckdb.DuckDBPyConnection, scope: TokenScope) -> int:
        """Draw and keep a token for each root that has none; return the scope's number."""
        with _transaction(connection):
            number = _number(connection, scope)
            missing = connection.execute(
                "SELECT DISTINCT root FROM asked WHERE root IS NOT NULL AND root NOT IN "
                f"(SELECT root FROM tokens.tokens WHERE scope = {number})",
            ).to_arrow_table()
            if missing.num_rows:
                connection.register("drawn", missing.append_column("token", _random(len(missing))))
                connection.execute(
                    f"INSERT INTO tokens.tokens SELECT {number}, root, token FROM drawn",
                )
                connection.unregister("drawn")
        return number

    def order_secret(self, partner: str, agreement: str, dataset: str) -> bytes:
        """Return the secret of the order of rows with tokens, 32 bytes; drawn when first asked for.

        Whoever asks again gets the same, until it is erased.

        Args:
            partner: who receives the rows.
            agreement: under which it asked.
            dataset: that they are from.

        Raises:
            LakeError, StorageFullError: as `tokens`.
        """
        given = {"partner": partner, "agreement": agreement, "dataset": dataset}
        mine = " AND ".join(f"{part} = {literal(value)}" for part, value in given.items())
        with self._opened() as connection, _transaction(connection):
            query = f"SELECT secret FROM tokens.orders WHERE {mine}"
            found = connection.execute(query).fetchone()
            if found is None:
                found = (os.urandom(SECRET_BYTES),)
                drawn = [*given.values(), *found]
                connection.execute("INSERT INTO tokens.orders VALUES (?, ?, ?, ?)", drawn)
            return bytes(found[0])

    def erase(self, partner: str, agreement: str = "") -> int:
        """Erase a partner's tokens and orders, of one agreement or of all.

        By itself this leaves released files, and extracts on their way, as they are:
        `token_erasure.py` ends those. The file keeps the freed, encrypted blocks until they are
        written over; backups keep theirs until they are deleted.

        Returns:
            How many tokens there were.
        """
        mine = f"partner = {literal(partner)}"
        if agreement:
            mine += f" AND agreement = {literal(agreement)}"
        scopes = f"(SELECT scope FROM tokens.scopes WHERE {mine})"
        with self._opened() as connection:
            with _transaction(connection):
                row = connection.execute(
                    f"DELETE FROM tokens.tokens WHERE scope IN {scopes}",
                ).fetchone()
                connection.execute(f"DELETE FROM tokens.orders WHERE {mine}")
            connection.execute("CHECKPOINT tokens")
        return int(row[0]) if row else 0

    def forget(self, dataset: str, domain: str, roots: Sequence[bytes]) -> None:
        """Erase the tokens of roots in one dataset.

        Whoever comes back later gets another token.

        Raises:
            LakeError, StorageFullError: as `tokens`; done again, it changes nothing.
        """
        scopes = (
            f"SELECT scope FROM tokens.scopes WHERE dataset = {literal(dataset)} "
            f"AND domain = {literal(domain)}"
        )
        with self._opened() as connection, _transaction(connection):
            connection.register("gone", pa.table({"root": pa.array(roots, pa.binary())}))
            connection.execute(
                f"DELETE FROM tokens.tokens WHERE scope IN ({scopes}) "
                "AND root IN (SELECT root FROM gone)",
            )
            connection.unregister("gone")

    def renew(self) -> None:
        """Write the vault into a new file without what was deleted.

        Raises:
            LakeError, StorageFullError: the old file stays.
        """
        with self._turn:
            with self._opened() as connection:
                connection.execute("CHECKPOINT tokens")
            self.close()
            home = self._home
            rewrite(home.token_vault_file, self._keys.token_vault(), home.path, home.temp_dir)

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """Keep the file as it is, everything written into it, so that it can be copied.

        Raises:
            LakeError: it isn't there; a backup without it would look whole.
        """
        with self._opened() as connection:
            connection.execute("CHECKPOINT tokens")
            yield

    def close(self) -> None:
        """Close the vault where it was opened."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._turn, explained():
            if self._connection is None:
                self._connection = self._found()
            yield self._connection

    def _found(self) -> duckdb.DuckDBPyConnection:
        file = self._home.token_vault_file
        if not file.is_file():
            # An empty one in its place would give everybody a second token.
            raise LakeError(
                f"the token vault {file} isn't there: put it back, or restore it from a backup",
            )
        return self._attached()

    def _attached(self) -> duckdb.DuckDBPyConnection:
        home = self._home
        connection = engine.connect(
            home.temp_dir / "tokens", memory_limit=MEMORY_LIMIT, threads=THREADS
        )
        engine.load_extension(connection, "httpfs")  # OpenSSL: needed to write encrypted files
        connection.execute(
            f"ATTACH {literal(str(home.token_vault_file))} AS tokens "
            f"(ENCRYPTION_KEY {literal(self._keys.token_vault())})",
        )
        engine.lock_down(connection, home.path)
        for table in _TABLES:  # a vault made by an earlier version gets what it lacks
            connection.execute(f"CREATE TABLE IF NOT EXISTS tokens.{table}")
        return connection


@contextlib.contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep all that is done in the block, or nothing where it is left by an error."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(Exception):
            connection.execute("ROLLBACK")
        raise


def _number(connection: duckdb.DuckDBPyConnection, scope: TokenScope) -> int:
    """Return the number of a scope; a new one gets the next."""
    given = ", ".join(literal(part) for part in astuple(scope))
    found = connection.execute(
        f"SELECT scope FROM tokens.scopes WHERE ({', '.join(_PARTS)}) = ({given})",
    ).fetchone()
    if found is None:
        found = connection.execute(
            f"INSERT INTO tokens.scopes SELECT coalesce(max(scope), 0) + 1, {given} "
            "FROM tokens.scopes RETURNING scope",
        ).fetchone()
    assert found is not None  # noqa: S101 - RETURNING returned
    return int(found[0])


def _random(count: int) -> pa.Array:
    """Return 128 random bits for each, from the operating system."""
    drawn = pa.py_buffer(os.urandom(count * ROOT_BYTES))
    return pa.Array.from_buffers(ROOT, count, [None, drawn]).cast(pa.binary())
