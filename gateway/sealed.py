"""Sealed files: encrypted and authenticated in chunks, readable from any place.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) over AES-256-GCM:

    file  = magic (9 bytes) ‖ prefix (7 random bytes) ‖ chunk 0 ‖ chunk 1 ‖ ... ‖ last chunk
    chunk = AES-256-GCM(key, nonce = prefix ‖ chunk number (u32) ‖ 1 if last else 0, 64 KiB)

Every chunk but the last is full; only the last chunk of an empty file is empty.

Guarantee:
    A bit changed anywhere, a chunk cut off, added, moved, or taken from another file: the reader
    raises and returns none of that chunk. The last chunk is checked on opening, so `size` holds.

Does not protect:
    The length. Use a key for one file: 7 random bytes keep nonces apart for some thousand files.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import SealedFileError
from gateway.files import sync_folder

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC = b"weirseal\x01"
PREFIX_BYTES = 7
HEADER_BYTES = len(MAGIC) + PREFIX_BYTES
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Writes a sealed file; it is whole and durable when `close` returns, and not before.

    Left by an error, or forgotten, the file stays without its last chunk, and no reader opens it.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        """Begin the file, over whatever was there, readable by its owner alone.

        Args:
            path: the file.
            key: 32 bytes, used for this file only.
        """
        super().__init__()
        self._path, self._cipher = path, AESGCM(key)
        self._prefix = os.urandom(PREFIX_BYTES)
        self._pending, self._chunks = bytearray(), 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._raw = os.fdopen(os.open(path, flags, 0o600), "wb")
        self._raw.write(MAGIC + self._prefix)

    def writable(self) -> bool:
        """Say that this file takes bytes."""
        return True

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._chunks * CHUNK_BYTES + len(self._pending)

    def write(self, data: ReadableBuffer, /) -> int:
        """Take all of the bytes."""
        self._check_open()
        with memoryview(data).cast("B") as view:
            start = 0
            # The last chunk must not be empty: a full one waits until more comes.
            while len(self._pending) + len(view) - start > CHUNK_BYTES:
                start = self._fill(view, start)
                self._seal_pending(last=False)
            self._pending += view[start:]
            return len(view)

    def close(self) -> None:
        """Seal the last chunk and make file and name durable."""
        if self.closed:
            return
        try:
            self._seal_pending(last=True)
            self._raw.flush()
            os.fsync(self._raw.fileno())
        finally:
            self.abandon()
        sync_folder(self._path.parent)

    def finish(self) -> None:
        """Seal the last chunk without waiting for the disk: for a file that no crash outlives."""
        if self.closed:
            return
        try:
            self._seal_pending(last=True)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close without the last chunk: what was written is not a sealed file."""
        try:
            self._raw.close()
        finally:
            super().close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, or abandon the file where the block was left by an error."""
        if kind is None:
            self.close()
        else:
            self.abandon()

    def __del__(self) -> None:
        """Abandon what was forgotten: a collected writer must not finish a half-written file."""
        if hasattr(self, "_raw"):
            self.abandon()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("the sealed file is closed: begin another")

    def _fill(self, view: memoryview, start: int) -> int:
        end = start + CHUNK_BYTES - len(self._pending)
        self._pending += view[start:end]
        return end

    def _seal_pending(self, *, last: bool) -> None:
        if self._chunks >= 2**32:
            raise SealedFileError("a sealed file holds 256 TiB: write several")
        nonce = _nonce(self._prefix, self._chunks, last=last)
        self._raw.write(self._cipher.encrypt(nonce, self._pending, None))
        self._chunks += 1
        self._pending.clear()


class SealedReader(io.RawIOBase):
    """Reads a sealed file from any place; every byte it returns is authentic."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open the file and check its header and its last chunk.

        Raises:
            SealedFileError: it isn't the file that was sealed under this key.
            FileNotFoundError: there is none.
        """
        super().__init__()
        self._path, self._cipher = path, AESGCM(key)
        self._raw = path.open("rb", buffering=0)
        try:
            self._prefix = self._read_header()
            self._chunks, self._size = self._measure()
            self._position = 0
            self._cached_number, self._cached = -1, b""
            self._chunk(self._chunks - 1)
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """How many bytes were sealed."""
        return self._size

    def readable(self) -> bool:
        """Say that this file gives bytes."""
        return True

    def seekable(self) -> bool:
        """Say that this file can be read from any place."""
        return True

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place, counted from the start, the present place or the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("there is nothing before the start of the file")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer, less only where the file ends.

        Raises:
            SealedFileError: a chunk on the way was changed.
        """
        with memoryview(buffer).cast("B") as view:
            wanted = max(min(len(view), self._size - self._position), 0)
            filled = 0
            while filled < wanted:
                number, start = divmod(self._position, CHUNK_BYTES)
                piece = memoryview(self._chunk(number))[start : start + wanted - filled]
                view[filled : filled + len(piece)] = piece
                filled += len(piece)
                self._position += len(piece)
            return filled

    def readall(self) -> bytes:
        """Read to the end at once; the inherited one asks for 8 KiB at a time."""
        rest = bytearray(max(self._size - self._position, 0))
        self.readinto(rest)
        return bytes(rest)

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_raw"):
            self._raw.close()
        super().close()

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def _read_header(self) -> bytes:
        header = os.pread(self._raw.fileno(), HEADER_BYTES, 0)
        if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
            raise self._changed()
        return header[len(MAGIC) :]

    def _measure(self) -> tuple[int, int]:
        """Return how many chunks, and bytes of plaintext, a file of this length holds."""
        body = os.fstat(self._raw.fileno()).st_size - HEADER_BYTES
        chunks = -(-body // SEALED_CHUNK_BYTES)
        last = body - (chunks - 1) * SEALED_CHUNK_BYTES
        if chunks < 1 or last < TAG_BYTES:
            raise self._changed()
        return chunks, body - chunks * TAG_BYTES

    def _chunk(self, number: int) -> bytes:
        if number != self._cached_number:
            self._cached, self._cached_number = self._open_chunk(number), number
        return self._cached

    def _open_chunk(self, number: int) -> bytes:
        place = HEADER_BYTES + number * SEALED_CHUNK_BYTES
        sealed = os.pread(self._raw.fileno(), SEALED_CHUNK_BYTES, place)
        nonce = _nonce(self._prefix, number, last=number == self._chunks - 1)
        try:
            return self._cipher.decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError):
            raise self._changed() from None

    def _changed(self) -> SealedFileError:
        return SealedFileError(f"{self._path.name} isn't what was sealed: restore it from a backup")
