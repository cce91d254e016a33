"""A DuckDB file written anew: what was deleted from it lies in no block of the new one.

DuckDB frees the blocks of deleted rows and may keep what was in them until they are written over;
a checkpoint doesn't change that. So everything that is left is copied into a new file under the
same key, made durable, and given the old one's name.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from gateway.errors import LakeError
from gateway.files import sync_folder
from gateway.lake import engine
from gateway.lake.engine import explained, literal

if TYPE_CHECKING:
    from pathlib import Path

_MEMORY_LIMIT, _THREADS = "512MB", 2


def rewrite(file: Path, secret: str, home: Path, temp: Path) -> None:
    """Copy an encrypted DuckDB file that nobody has open into a new one, and put that in its place.

    Guarantee: the name leads to the old file, whole, or to the new one, whatever stops it.

    Does not protect: blocks of the old file stay on the disk, encrypted, until it writes over them.

    Args:
        file: closed, with nothing left in its write-ahead log.
        secret: its key, as DuckDB takes it.
        home: the folder that the engine may touch.
        temp: of the home; what spills lies in it.

    Raises:
        LakeError: it is open, can't be read, or has a log that wasn't written into it.
        StorageFullError: no room is left; the old file stays.
    """
    log, fresh = file.with_name(f"{file.name}.wal"), file.with_name(f"{file.name}.new")
    if log.exists():
        raise LakeError(f"{log.name} isn't written into {file.name} yet; it is tried again")
    for old in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        old.unlink(missing_ok=True)  # what a crash left
    try:
        _copy(file, fresh, secret, home, temp)
        fresh.chmod(0o600)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(file)
        sync_folder(file.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _copy(file: Path, fresh: Path, secret: str, home: Path, temp: Path) -> None:
    spill = temp / f"{file.stem}-rewriting"
    with explained():
        connection = engine.connect(spill, memory_limit=_MEMORY_LIMIT, threads=_THREADS)
        try:
            engine.load_extension(connection, "httpfs")  # OpenSSL: to write encrypted files
            key = f"(ENCRYPTION_KEY {literal(secret)})"
            connection.execute(f"ATTACH {literal(str(file))} AS old {key}")
            connection.execute(f"ATTACH {literal(str(fresh))} AS fresh {key}")
            engine.lock_down(connection, home)
            connection.execute("COPY FROM DATABASE old TO fresh")
            connection.execute("CHECKPOINT fresh")
            connection.execute("DETACH fresh")
        finally:
            connection.close()
            shutil.rmtree(spill, ignore_errors=True)
