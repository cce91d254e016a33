"""A DuckDB connection that is locked down: own extensions, own folder, encrypted spill files."""

from __future__ import annotations

import contextlib
import shutil
from importlib import resources
from typing import TYPE_CHECKING

import duckdb

from gateway.errors import LakeError, StorageFullError, WeirError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_USE = "Could not set lock on file"
FULL = ("No space left", "Could not write all bytes", "Disk quota exceeded")


def connect(spill_dir: Path, *, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """Open DuckDB in memory, with what it spills encrypted and in a folder of the home.

    The folder is emptied first: what lies there, a killed process left behind.
    """
    shutil.rmtree(spill_dir, ignore_errors=True)
    spill_dir.mkdir(mode=0o700, parents=True)
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory_limit,
            "threads": str(threads),
            "temp_directory": str(spill_dir),
            "temp_file_encryption": "true",
        },
    )


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its wheel; DuckDB checks the signature. Never from the network."""
    wheel = resources.files(f"duckdb_extension_{name}")
    file = wheel / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    connection.execute(f"LOAD {literal(str(file))}")


def lock_down(connection: duckdb.DuckDBPyConnection, *folders: Path) -> None:
    """Let this instance read and write these folders alone, for good.

    Ibis sets two harmless options on each connection; they stay open, everything else is shut.
    """
    allowed = ", ".join(literal(f"{folder}/") for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET allowed_configs = ['timezone', 'python_enable_replacements']")
    connection.execute("SET lock_configuration = true")


@contextlib.contextmanager
def explained(*secrets: str) -> Iterator[None]:
    """Turn DuckDB's errors into ours, without the keys that they may quote.

    The new error keeps no link to the old one: its text may hold a key or a value.

    Raises:
        StorageFullError: no room is left on the disk.
        LakeError: anything else that DuckDB reports.
    """
    problem = None
    try:
        yield
    except duckdb.Error as error:
        problem = _explain(str(error), secrets)
    if problem is not None:
        raise problem


def _explain(text: str, secrets: tuple[str, ...]) -> WeirError:
    if any(sign in text for sign in FULL):
        return StorageFullError(
            "no room is left on the disk that holds the home; nothing was changed: make room, "
            "then restart, so that the partial file is cleared away",
        )
    if IN_USE in text:
        return LakeError("the lake is open in another process: stop it, or go through it")
    for secret in secrets:
        text = text.replace(secret, "[key]")
    return LakeError(f"the lake can't do this: {_first_line(text)}")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else "no message"


def quoted(name: str) -> str:
    """Return an identifier in SQL's double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text in SQL's single quotes; for ids and paths, never for data or keys in errors."""
    return "'" + text.replace("'", "''") + "'"
