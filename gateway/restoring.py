"""Restoring: a home made again from a backup, unless its log would sign a second history."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Any

from gateway.archives import reading_archive
from gateway.audit.checkpoints import read_checkpoint_file, write_checkpoint_file
from gateway.audit_check import check_everything
from gateway.backups import CHECKPOINT
from gateway.context import open_rooms
from gateway.errors import HomeError, IntegrityError, KeysError
from gateway.files import sync_folder
from gateway.homes import Home
from gateway.keys import Keys
from gateway.master_key import locate_master_key
from gateway.storage import noticing_a_full_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FIRST = ("home.yaml", "keys.json")


def restore_home(file: Path, path: Path, checkpoint: bytes | None) -> dict[str, Any]:
    """Make a home from a backup, check all of it, and refuse where its log would fork.

    It is unpacked and checked in a folder of its own and gets its name last: whatever stops a
    restore, there is a whole home or none.

    Guarantee: the log of the restored home extends the checkpoint beside the home, the one given
    and the backup's own; every file is the one that was backed up.

    Does not protect: where both other checkpoints are lost or withheld, an old backup looks like
    a new one. Partners' receipts and witnesses hold newer checkpoints.

    Args:
        file: written by `back_up`.
        path: where the home goes; its master key lies beside it already, or is named.
        checkpoint: one that somebody kept, newer perhaps than the one beside the home.

    Raises:
        HomeError: the place is taken, or the file isn't a backup or was changed.
        KeysError: the master key is missing or another home's.
        IntegrityError: the log is older than what it signed, or the backup isn't whole.
        StorageFullError: no room is left. Nothing was restored, here and above.
    """
    _check_place(file, path)
    beside = path.with_name(f"{path.name}.checkpoint")
    kept = read_checkpoint_file(beside)
    with noticing_a_full_disk(), _workshop(path) as unpacked:
        _unpack(file, unpacked)
        signed = [_taken_out(unpacked / CHECKPOINT), kept, checkpoint]
        result = _check(unpacked, [note for note in signed if note])
        if kept is None and signed[0]:
            write_checkpoint_file(beside, signed[0])
        unpacked.rename(path)
        sync_folder(path.parent)
    return {**result, "home": str(path)}


def _check_place(file: Path, path: Path) -> None:
    if os.environ.get("WEIR_STORE_URL"):
        raise HomeError("a backup holds its own store: unset WEIR_STORE_URL to restore it")
    if path.exists() or path.is_symlink():
        raise HomeError(f"{path} exists; restore to a place where there is no home")
    if not file.is_file():
        raise HomeError(f"there is no file {file}")
    if not path.parent.is_dir():
        raise HomeError(f"there is no folder {path.parent}; make it and put the master key there")


@contextlib.contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """Yield a place for the home, with its key beside it; what stays there goes at the end.

    Raises:
        KeysError: there is no master key for the home's final place.
    """
    folder = path.with_name(f".{path.name}.restoring")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        (folder / f"{path.name}.key").symlink_to(path.with_name(f"{path.name}.key"))
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(file: Path, folder: Path) -> None:
    """Unpack what is sealed by this home's keys, and nothing else."""
    folder.mkdir(mode=0o700)
    with reading_archive(file) as archive:
        archive.unpack(_FIRST, folder)
        archive.check_seal(_keys(Home.open(folder)))
        archive.unpack((name for name in archive.names if name not in _FIRST), folder)
    for name in ("releases", "temp", "lake", "lake/data"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def _keys(home: Home) -> Keys:
    key_file = locate_master_key(home)
    if not key_file.exists():
        place = key_file.readlink() if key_file.is_symlink() else key_file
        raise KeysError(
            f"no master key at {place}: put the key of the home that was backed up there, "
            "or name it in WEIR_MASTER_KEY_FILE",
        )
    return Keys.open(home)


def _taken_out(file: Path) -> bytes:
    data = file.read_bytes()
    file.unlink()
    return data


def _check(path: Path, signed: list[bytes]) -> dict[str, Any]:
    """Check the log against what is known to have been signed, and everything against the log.

    Nothing is mended here: that may append to the log, which only a home in its place may do.
    """
    with open_rooms(path) as context:
        for note in signed:
            context.log.check_extends(note)
        result = check_everything(context)
    if result["broken"]:
        raise IntegrityError(f"the backup isn't whole, nothing was restored: {result['broken'][0]}")
    return result
