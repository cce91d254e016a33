"""Spill files: what doesn't fit in memory lies sealed on the disk for a while.

Guarantee:
    The key is drawn anew and is in this process's memory alone: what a crash leaves behind is
    noise. A file that was changed, cut, or put in another's place is noticed when it is read.

Does not protect:
    The sizes of the files, which say how much was sorted.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from typing import TYPE_CHECKING, Self

from anonymizers.pseudonyms import derive_key
from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32


class Spill:
    """A folder of spill files, there for as long as the block lasts, however it is left."""

    def __init__(self, folder: Path) -> None:
        """Take the place; the folder is made when the first file is.

        Args:
            folder: what an earlier life left there is deleted.
        """
        self._folder = folder
        self._key = secrets.token_bytes(KEY_BYTES)
        self._writers: list[SealedWriter] = []

    def __enter__(self) -> Self:
        """Clear the place."""
        self._clear()
        return self

    def __exit__(self, *error: object) -> None:
        """Delete all files, half-written ones too."""
        for writer in self._writers:
            with contextlib.suppress(OSError):  # a full disk was noticed when it was written to
                writer.abandon()
        self._clear()

    def write(self, name: str) -> SealedWriter:
        """Begin a file; it can be read once it is finished (`SealedWriter.finish`)."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writer = SealedWriter(self._folder / name, self._file_key(name))
        self._writers.append(writer)
        return writer

    def read(self, name: str) -> SealedReader:
        """Read a finished file.

        Raises:
            SealedFileError: it isn't what was written, here or while it is read.
        """
        return SealedReader(self._folder / name, self._file_key(name))

    def _file_key(self, name: str) -> bytes:
        return derive_key(self._key, "weir spill v1", name)

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
