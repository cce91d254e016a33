"""Backups: a home in one file without its master key, taken while it is used.

What is copied belongs together: the lake and the vaults stand still (loads wait), then the store is
copied as it is in one moment, then the released bytes that this copy knows. An extract that was
on its way goes on, or starts again, in the restored home.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any

from gateway.archives import ArchiveWriter
from gateway.audit.checkpoints import read_checkpoint_file
from gateway.errors import ConflictError, HomeError
from gateway.files import sync_folder
from gateway.identifiers import new_id
from gateway.outcomes import CLASSES, CODEBOOK, CONTENT
from gateway.storage import noticing_a_full_disk
from gateway.store.engine import writing
from gateway.store.tables import BackupFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.context import Context
    from gateway.control import Progress
    from gateway.homes import Home

CHECKPOINT, STORE = "checkpoint", "store.sqlite"
_TRIES = 3
# Bytes of an extract that is being made are left out: it is made again. What has ended keeps
# its ledger alone.
_PARTS = {
    "made": (CONTENT, CODEBOOK, CLASSES),
    "ended": (CLASSES,),
}
_KEPT_BY_STATE = """
SELECT id, CASE
  WHEN state IN ('in_review', 'settled', 'ready') THEN 'made'
  WHEN state = 'running' AND sealed_outcome IS NOT NULL THEN 'made'
  WHEN state IN ('expired', 'recalled') THEN 'ended'
END AS kept FROM extract WHERE kept IS NOT NULL
"""


def back_up(context: Context, file: Path, progress: Progress) -> dict[str, Any]:
    """Write the home into one file that needs the master key to become a home again.

    Guarantee: the file is whole or isn't there; the master key isn't in it.

    Args:
        context: the open home; a gateway may be serving it.
        file: absolute; must not exist, and not lie in the home.
        progress: is told how far it is.

    Raises:
        ConflictError: the file exists.
        HomeError: it can't lie there, or the store isn't in the home (PostgreSQL has backups
            of its own).
        StorageFullError: no room is left; nothing of the backup stays.
    """
    _check_target(context.home, file)
    temporary = file.with_name(f".{file.name}.tmp")
    with noticing_a_full_disk():
        try:
            count, entries = _write_whole(context, temporary, progress)
            temporary.replace(file)
            sync_folder(file.parent)
        finally:
            temporary.unlink(missing_ok=True)
    _note(context, file)
    size = file.stat().st_size
    return {"file": str(file), "files": count, "entries": entries, "bytes": size}


def _note(context: Context, file: Path) -> None:
    """Keep where it lies, so that erasing reaches it, or names it."""
    with writing(context.store) as session:
        session.add(
            BackupFile(
                id=new_id("bak"), file=str(file.resolve()), made_at=context.clock.timestamp()
            ),
        )


def _check_target(home: Home, file: Path) -> None:
    if os.environ.get("WEIR_STORE_URL"):
        raise HomeError(
            "the store is a database of its own: back it up with pg_dump, then the home's folder",
        )
    if file.exists() or file.is_symlink():
        raise ConflictError(f"{file} exists; name a new file")
    if not file.parent.is_dir():
        raise HomeError(f"there is no folder {file.parent}; make it first")
    if file.parent.resolve().is_relative_to(home.path):
        raise HomeError(f"{file} lies in the home itself; name a file elsewhere")


def _write_whole(context: Context, target: Path, progress: Progress) -> tuple[int, int]:
    for _ in range(_TRIES):
        target.unlink(missing_ok=True)
        # A download may end, and its bytes be deleted, between the store's copy and theirs.
        with contextlib.suppress(FileNotFoundError):
            return _write(context, target, progress)
    raise HomeError("files of the home keep disappearing while they are copied; try again")


def _write(context: Context, target: Path, progress: Progress) -> tuple[int, int]:
    home = context.home
    with (
        context.lake.at_rest(),
        context.vault.opened() as vault,
        vault.at_rest(),
        context.tokens.at_rest(),
    ):
        # Read before the store is copied: a checkpoint of more entries than the copy has would
        # look like a fork for ever.
        checkpoint = read_checkpoint_file(home.checkpoint_file) or b""
        with _store_copy(home) as store, _created(target) as out:
            archive = ArchiveWriter(out)
            archive.add_bytes(CHECKPOINT, checkpoint)
            archive.add_file(STORE, store)
            members = _members(home, store)
            for number, (name, path) in enumerate(members.items()):
                progress("backing up", number / len(members))
                archive.add_file(name, path)
            count = archive.finish(context.keys, {"origin": home.document.origin})
            return count, _count_entries(store)


@contextlib.contextmanager
def _store_copy(home: Home) -> Iterator[Path]:
    """Yield a copy of the SQLite store as it is in one moment."""
    copy = home.temp_dir / "store.backup"
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    try:
        with (
            contextlib.closing(sqlite3.connect(home.store_file)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


@contextlib.contextmanager
def _created(target: Path) -> Iterator[Any]:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        yield out
        out.flush()
        os.fsync(descriptor)


def _members(home: Home, store: Path) -> dict[str, Path]:
    """Return every further file that a restore needs, by its name in the backup.

    Reading catalog and vault here lets go of DuckDB's own lock on them (POSIX drops a process's
    locks with its first close); the home's lock is what keeps other processes out.
    """
    single = [
        *(home.home_file, home.keys_file, home.catalog_file),
        *(home.vault_file, home.token_vault_file),
    ]
    tables = [path for path in sorted(home.data_dir.rglob("*")) if path.is_file()]
    released = [
        home.releases_dir / extract_id / part
        for extract_id, kept in _kept_extracts(store)
        for part in _PARTS[kept]
    ]
    return {path.relative_to(home.path).as_posix(): path for path in (*single, *tables, *released)}


def _kept_extracts(store: Path) -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(store)) as copy:
        return copy.execute(_KEPT_BY_STATE).fetchall()


def _count_entries(store: Path) -> int:
    with contextlib.closing(sqlite3.connect(store)) as copy:
        return int(copy.execute("SELECT coalesce(max(size), 0) FROM log_head").fetchone()[0])
