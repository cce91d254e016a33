"""Uploads: files that come in, sealed on the disk from their first byte.

A file lies as segments, each a sealed file under a key of its own, derived from the submission's:

    incoming/<submission>/<file>-<offset of its first byte>

A segment gets its name once it is whole and durable. So what an interrupted request brought stays,
at most `SEGMENT_BYTES` are sent again after a crash, and what was half-written is no part of it.

Guarantee:
    No byte of a file is ever in plain on the disk; with the submission's key destroyed, what is
    left of it can't be read, whatever the disk keeps of deleted files.
"""

from __future__ import annotations

import bisect
import io
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from anonymizers.pseudonyms import derive_key
from gateway.errors import NotFoundError
from gateway.files import sync_folder
from gateway.sealed import (
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    SealedReader,
    SealedWriter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from _typeshed import WriteableBuffer

    from gateway.homes import Home

SEGMENT_BYTES = 4 << 20
READ_BYTES = 1 << 20
_PART = ".part"


def folder_of(home: Home, submission_id: str) -> Path:
    """Return where the files of a submission lie."""
    return home.incoming_dir / submission_id


def delete_uploads(home: Home, submission_id: str) -> None:
    """Delete what lies of a submission; its key was destroyed before."""
    shutil.rmtree(folder_of(home, submission_id), ignore_errors=True)


@contextmanager
def noticing_a_cancel() -> Iterator[None]:
    """Say that there is no such submission where its files went while more came.

    Raises:
        NotFoundError: it was cancelled.
    """
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError from None


@dataclass(frozen=True, repr=False)
class SealedUpload:
    """One file of a submission, as readers of data files take it (`lake.data_files.DataFile`).

    Attributes:
        folder: of its submission. key: 32 bytes, of its submission. number: among its files.
        name: as its giver called it.
    """

    folder: Path
    key: bytes
    number: int
    name: str

    def __repr__(self) -> str:
        """Show which file of which submission it is, and neither name nor key."""
        return f"SealedUpload({self.folder.name}, {self.number})"

    @property
    def suffix(self) -> str:
        """The ending of its name."""
        return PurePath(self.name).suffix

    @property
    def size(self) -> int:
        """How many of its bytes are here, durably, without a gap."""
        return sum(size for _, size in self.segments())

    def segments(self) -> list[tuple[int, int]]:
        """Return the offset and the size of its segments, in order, up to the first gap."""
        if not self.folder.is_dir():
            return []
        found, end = [], 0
        for start in sorted(self._starts()):
            size = _plain_size(self.path_of(start).stat().st_size)
            if start != end:
                break
            found.append((start, size))
            end += size
        return found

    def _starts(self) -> list[int]:
        names = (path.name for path in self.folder.glob(f"{self.number}-*"))
        return [int(start) for name in names if (start := name.partition("-")[2]).isdecimal()]

    def path_of(self, start: int) -> Path:
        """Return where the segment from this offset on lies."""
        return self.folder / f"{self.number}-{start}"

    def key_of(self, start: int) -> bytes:
        """Return the key of the segment from this offset on."""
        return derive_key(self.key, "weir upload v1", str(self.number), str(start))

    def open(self, mode: Literal["rb"] = "rb", /) -> BinaryIO:
        """Open all of it for reading.

        Raises:
            SealedFileError: a segment was changed.
        """
        del mode
        return io.BufferedReader(_UploadReader(self), READ_BYTES)


def _plain_size(sealed: int) -> int:
    chunks = -(-(sealed - HEADER_BYTES) // SEALED_CHUNK_BYTES)
    return max(sealed - HEADER_BYTES - chunks * TAG_BYTES, 0)


class UploadWriter:
    """Appends to an upload; what it took is durable segment by segment, all of it once closed.

    Leaving it by an error keeps what came, so that the next request goes on there.
    """

    def __init__(self, upload: SealedUpload) -> None:
        """Go on where the upload ends."""
        upload.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(upload.folder.parent)
        self._upload, self._start = upload, upload.size
        self._first = self._start
        self._writer: SealedWriter | None = None

    @property
    def offset(self) -> int:
        """Where the next byte goes."""
        return self._start + (self._writer.tell() if self._writer else 0)

    def write(self, data: bytes | memoryview) -> None:
        """Take all of the bytes.

        Raises:
            OSError: no room is left.
        """
        view = memoryview(data)
        while view:
            writer = self._writer or self._begin()
            room = SEGMENT_BYTES - writer.tell()
            writer.write(view[:room])
            view = view[room:]
            if writer.tell() == SEGMENT_BYTES:
                self._end_segment()

    def close(self) -> None:
        """Make all of it durable."""
        if self._writer is not None:
            self._end_segment()

    def abandon(self) -> None:
        """Drop the segment that isn't whole."""
        if self._writer is not None:
            self._writer.abandon()
            self._part().unlink(missing_ok=True)
            self._writer = None

    def take_back(self) -> None:
        """Drop everything that this writer took."""
        self.abandon()
        for start, _ in self._upload.segments():
            if start >= self._first:
                self._upload.path_of(start).unlink()

    def _part(self) -> Path:
        return self._upload.path_of(self._start).with_suffix(_PART)

    def _begin(self) -> SealedWriter:
        self._writer = SealedWriter(self._part(), self._upload.key_of(self._start))
        return self._writer

    def _end_segment(self) -> None:
        assert self._writer is not None  # noqa: S101 - it was begun
        size, writer = self._writer.tell(), self._writer
        writer.close()
        self._part().replace(self._upload.path_of(self._start))
        sync_folder(self._upload.folder)
        self._writer, self._start = None, self._start + size


class _UploadReader(io.RawIOBase):
    """The segments of an upload as one file that can seek."""

    def __init__(self, upload: SealedUpload) -> None:
        super().__init__()
        self._upload, self._segments = upload, upload.segments()
        self._starts = [start for start, _ in self._segments]
        self._size = sum(self._segments[-1]) if self._segments else 0
        self._position, self._current = 0, -1
        self._reader: SealedReader | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("there is nothing before the start of the file")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._position >= self._size:
            return 0
        number = bisect.bisect_right(self._starts, self._position) - 1
        reader = self._segment(number)
        reader.seek(self._position - self._starts[number])
        count = reader.readinto(buffer)
        self._position += count
        return count

    def _segment(self, number: int) -> SealedReader:
        if self._reader is None or number != self._current:
            self._let_go()
            start = self._starts[number]
            self._reader = SealedReader(self._upload.path_of(start), self._upload.key_of(start))
            self._current = number
        return self._reader

    def _let_go(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def close(self) -> None:
        if not self.closed and hasattr(self, "_segments"):
            self._let_go()
        super().close()
