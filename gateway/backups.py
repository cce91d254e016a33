"""Backups: a home in one file without its master key, and back, unless that would fork the log."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from typing import TYPE_CHECKING, Any

from gateway.audit.checkpoints import read_checkpoint_file, write_checkpoint_file
from gateway.context import open_context
from gateway.errors import ConflictError, HomeError, IntegrityError
from gateway.files import sync_folder
from gateway.homes import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.context import Context
    from gateway.control import Progress

INDEX = "backup.json"
VERSION = 1
_BLOCK = 1 << 20


def back_up(context: Context, file: Path, progress: Progress) -> dict[str, Any]:
    """Write the home into one file that needs the master key to be read.

    The store is copied first: whatever it names lies in the files that are copied after it.

    Raises:
        ConflictError: the file exists.
        HomeError: the store isn't in the home (PostgreSQL has backups of its own).
    """
    if os.environ.get("WEIR_STORE_URL"):
        raise HomeError(
            "the store is a database of its own: back it up with pg_dump, then the home's folder",
        )
    if file.exists():
        raise ConflictError(f"{file} exists; name a new file")
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        with (
            context.lake.at_rest(),
            context.vault.opened() as vault,
            vault.at_rest(),
            _store_copy(context) as store,
        ):
            count = _write(context, temporary, store, progress)
        temporary.replace(file)
        sync_folder(file.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return {"file": str(file), "files": count, "bytes": file.stat().st_size}


@contextlib.contextmanager
def _store_copy(context: Context) -> Iterator[Path]:
    """Yield a consistent copy of the SQLite store."""
    copy = context.home.temp_dir / "store.backup"
    copy.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(context.home.store_file)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _write(context: Context, target: Path, store: Path, progress: Progress) -> int:
    home = context.home
    checkpoint = read_checkpoint_file(home.checkpoint_file) or b""
    members = {"store.sqlite": store, **_home_files(home)}
    index: dict[str, str] = {}
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as archive:
            for number, (name, path) in enumerate(sorted(members.items())):
                progress("backing up", number / len(members))
                index[name] = _sha256(path)
                archive.add(path, arcname=name, recursive=False)
            head = {"version": VERSION, "origin": home.document.origin, "files": index}
            _add_text(archive, "checkpoint", checkpoint)
            _add_text(archive, INDEX, json.dumps(head, sort_keys=True).encode())
        out.flush()
        os.fsync(out.fileno())
    return len(members)


def _home_files(home: Home) -> dict[str, Path]:
    """Return every file of the home that a restore needs, by its name in the archive."""
    single = [home.home_file, home.keys_file, home.catalog_file, home.vault_file]
    nested = [*home.data_dir.rglob("*"), *home.releases_dir.rglob("*")]
    return {str(path.relative_to(home.path)): path for path in (*single, *nested) if path.is_file()}


def _add_text(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def restore_home(file: Path, path: Path, checkpoint: Path | None) -> dict[str, Any]:
    """Make a home from a backup, check all of it, and refuse where its log would fork.

    Args:
        file: written by `back_up`.
        path: where the home goes; the master key lies beside it already.
        checkpoint: a checkpoint that somebody kept, newer perhaps than the one beside the home.

    Raises:
        HomeError: the place is taken, or the file isn't a backup or was changed.
        KeysError: the master key is missing or another home's.
        IntegrityError: the log is older than what it signed; nothing was restored.
    """
    if path.exists():
        raise HomeError(f"{path} exists; restore to a place where there is no home")
    unpacked = path.with_name(f".{path.name}.restoring")
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        kept = _unpack(file, unpacked)
        unpacked.replace(path)
        try:
            return _check_restored(path, [kept, *_checkpoints(path, checkpoint)])
        except BaseException:
            shutil.rmtree(path)
            raise
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _unpack(file: Path, folder: Path) -> bytes:
    """Unpack and compare every file with the index; return the backup's checkpoint."""
    folder.mkdir(mode=0o700, parents=True)
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        index = json.loads((folder / INDEX).read_bytes())
        files = index["files"]
        kept = (folder / "checkpoint").read_bytes()
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise HomeError(f"{file} isn't a backup of a home, or it was cut: {error}") from error
    for name, sha256 in files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != sha256:
            raise HomeError(f"{file} was changed or cut ({name}); use another backup")
    (folder / INDEX).unlink()
    (folder / "checkpoint").unlink()
    for name in ("releases", "temp", "lake/data"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return kept


def _checkpoints(path: Path, given: Path | None) -> list[bytes]:
    beside = read_checkpoint_file(Home.open(path).checkpoint_file)
    found = [beside] if beside else []
    if given is not None:
        found.append(given.read_bytes())
    return found


def _check_restored(path: Path, signed: list[bytes]) -> dict[str, Any]:
    """The restored log must extend every checkpoint that is known to have been signed."""
    from gateway.audit_check import check_everything

    beside = Home.open(path).checkpoint_file
    before = read_checkpoint_file(beside)
    try:
        with open_context(path) as context:
            for note in signed:
                if note:
                    context.log.check_extends(note)
            if before is None and signed[0]:
                write_checkpoint_file(beside, signed[0])
            result = check_everything(context)
    except BaseException:
        if before is None:
            beside.unlink(missing_ok=True)
        raise
    if result["broken"]:
        raise IntegrityError(f"the backup isn't whole: {result['broken'][0]}")
    return {"home": str(path), **result}
