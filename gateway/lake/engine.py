"""A DuckDB connection that is locked down: own extensions, own folder, encrypted spill files."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from importlib import resources
from typing import TYPE_CHECKING

import duckdb

from gateway.errors import LakeError, StorageFullError, WeirError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_IN_USE = "it is open in another process: stop that, or go through it"
_EXPLANATIONS: Mapping[str, str] = {
    "Could not set lock on file": _IN_USE,
    "Unique file handle conflict": _IN_USE,
    "Wrong encryption key": "it was written under another key: open it with its own master key",
    "Out of Memory": "this needs more memory than the lake may use: set WEIR_LAKE_MEMORY higher",
}
FULL = ("No space left", "Could not write all bytes", "Disk quota exceeded", "File too large")


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


def hush_ibis() -> None:
    """Ignore that Ibis 12 calls DuckDB's fetch methods by their old names; nothing else."""
    warnings.filterwarnings(
        "ignore", r"fetch_(arrow_table|record_batch)\(\) is deprecated", DeprecationWarning
    )


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn DuckDB's errors into ours. Their text goes: it may quote a key, or a protected value.

    Raises:
        StorageFullError: no room is left on the disk.
        LakeError: anything else that DuckDB reports, by its kind.
    """
    try:
        yield
    except duckdb.Error as error:
        problem = _explain(type(error).__name__, str(error))
        error.args = ()  # Python links it to the new error, whatever we do
        raise problem from None


def _explain(kind: str, text: str) -> WeirError:
    for sign, explanation in _EXPLANATIONS.items():
        if sign in text:
            return LakeError(explanation)
    if any(sign in text for sign in FULL):
        return StorageFullError(
            "no room is left on the disk that holds the home; nothing was changed: make room, "
            "then restart, so that the partial file is cleared away",
        )
    return LakeError(f"the lake reports {kind}; what was there before is unchanged")


def quoted(name: str) -> str:
    """Return an identifier in SQL's double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text in SQL's single quotes; for ids and paths, never for data or keys in errors."""
    return "'" + text.replace("'", "''") + "'"
