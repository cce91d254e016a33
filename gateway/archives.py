"""The file that a backup is: a tar of a home's files, with a sealed index of their hashes.

`backup.json` names every member with its SHA-256; `backup.mac` is a keyed hash of the index, so
that whoever lacks the master key can't change a file of the backup unnoticed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import json
import os
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from gateway.errors import HomeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gateway.keys import Keys

INDEX, MAC = "backup.json", "backup.mac"
VERSION = 1
_BLOCK = 1 << 20
_CONTEXT = b"weir backup v1\n"


class _Hashed:
    """A file that is hashed while it is read, so that what is hashed is what is copied."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._digest.update(block)
        return block

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class ArchiveWriter:
    """Writes a backup, member by member; `finish` seals it."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin an archive."""
        self._tar = tarfile.open(fileobj=out, mode="w")  # noqa: SIM115 - closed by `finish`
        self._files: dict[str, str] = {}

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it is now.

        Raises:
            FileNotFoundError: it isn't there any more.
        """
        with path.open("rb") as source:
            member = tarfile.TarInfo(name)
            member.size, member.mode = os.fstat(source.fileno()).st_size, 0o600
            hashed = _Hashed(cast("BinaryIO", source))
            self._tar.addfile(member, cast("Any", hashed))
        self._files[name] = hashed.hexdigest()

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a member that isn't a file."""
        self._put(name, data)
        self._files[name] = hashlib.sha256(data).hexdigest()

    def _put(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), 0o600
        self._tar.addfile(member, io.BytesIO(data))

    def finish(self, keys: Keys, facts: Mapping[str, Any]) -> int:
        """Write the index, seal it, and return how many members it names."""
        head = {**facts, "version": VERSION, "files": self._files}
        index = json.dumps(head, sort_keys=True).encode()
        self._put(INDEX, index)
        self._put(MAC, _mac(keys, index))
        self._tar.close()
        return len(self._files)


@contextlib.contextmanager
def reading_archive(file: Path) -> Iterator[ArchiveReader]:
    """Open a backup and read its index.

    Raises:
        HomeError: it isn't a backup, was cut, or was written by a newer Weir.
    """
    with contextlib.ExitStack() as stack:
        try:
            archive = ArchiveReader(file, stack.enter_context(tarfile.open(file)))
        except (OSError, tarfile.TarError, LookupError, ValueError, TypeError) as error:
            raise HomeError(
                f"{file} isn't a backup of a home, or it was cut: use another backup",
            ) from error
        yield archive


class ArchiveReader:
    """Reads a backup; nothing of it is believed before `check_seal`."""

    def __init__(self, file: Path, archive: tarfile.TarFile) -> None:
        """Read the index; use `reading_archive`."""
        self._file, self._tar = file, archive
        self._index, self._mac = self._bytes(INDEX), self._bytes(MAC)
        head = json.loads(self._index)
        self._files: dict[str, str] = head["files"]
        if head["version"] != VERSION:
            raise HomeError(f"{file} has version {head['version']}: restore it with a newer Weir")

    def check_seal(self, keys: Keys) -> None:
        """Check that this home's keys sealed the index.

        Raises:
            HomeError: they didn't.
        """
        if not hmac.compare_digest(_mac(keys, self._index), self._mac):
            raise self._changed(INDEX)

    def unpack(self, names: Iterable[str], folder: Path) -> None:
        """Write members into a folder, each as its hash says.

        Raises:
            HomeError: a member is missing, was changed or cut, or would lie outside the folder.
        """
        for name in names:
            path = folder
            for part in self._parts(name):
                path.mkdir(mode=0o700, exist_ok=True)
                path /= part
            if self._copy(name, path) != self._files[name]:
                raise self._changed(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The members that the index names."""
        return tuple(self._files)

    def _parts(self, name: str) -> tuple[str, ...]:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or name not in self._files:
            raise self._changed(name)
        return parts

    def _copy(self, name: str, path: Path) -> str:
        digest = hashlib.sha256()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out, self._member(name) as source:
            try:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
            except tarfile.TarError as error:
                raise self._changed(name) from error
            out.flush()
            os.fsync(descriptor)
        return digest.hexdigest()

    def _bytes(self, name: str) -> bytes:
        source = self._tar.extractfile(name)
        if source is None:
            raise LookupError(name)
        return source.read()

    def _member(self, name: str) -> BinaryIO:
        try:
            source = self._tar.extractfile(name)
        except (LookupError, tarfile.TarError):
            source = None
        if source is None:
            raise self._changed(name)
        return cast("BinaryIO", source)

    def _changed(self, name: str) -> HomeError:
        return HomeError(f"{self._file} was changed or cut ({name}): use another backup")


def _mac(keys: Keys, index: bytes) -> bytes:
    return keys.fingerprint(_CONTEXT + index).encode()
