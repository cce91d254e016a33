"""Which encoding a text file is in: read from its bytes, never guessed from a locale."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.lake.data_files import DataFile

CHUNK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-bom"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_UNDEFINED_IN_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_MOSTLY = 0.4


@dataclass(frozen=True)
class Encoding:
    """How to read a text file.

    Attributes:
        codec: Python's name of it. bom_bytes: to skip at the start.
        said: the name that the report gives.
    """

    codec: str
    bom_bytes: int
    said: str


def detect(path: DataFile) -> Encoding:
    """Detect the encoding from a byte order mark, else from the bytes of the whole file.

    Bytes that are valid UTF-8 throughout are UTF-8; else the file is in Windows' western code
    page, or in ISO 8859-1 where it holds bytes that the code page leaves undefined.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES)
    for mark, codec, said in _BOMS:
        if head.startswith(mark):
            return Encoding(codec, len(mark), said)
    wide = _wide_codec(head)
    if wide:
        return Encoding(wide, 0, "utf-16")
    if _is_utf8(path):
        return Encoding("utf-8", 0, "utf-8")
    if _holds_any(path, _UNDEFINED_IN_CP1252):
        return Encoding("latin-1", 0, "latin-1")
    return Encoding("cp1252", 0, "cp1252")


def _wide_codec(head: bytes) -> str:
    """Recognize UTF-16 without its mark: in western text every other byte is NUL."""
    if len(head) < 2:  # noqa: PLR2004 - one code unit
        return ""
    shares = [head[start::2].count(0) / len(head[start::2]) for start in (0, 1)]
    if shares[1] > _MOSTLY and shares[0] < shares[1] / 4:
        return "utf-16-le"
    return "utf-16-be" if shares[0] > _MOSTLY and shares[1] < shares[0] / 4 else ""


def _is_utf8(path: DataFile) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _holds_any(path: DataFile, wanted: bytes) -> bool:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if len(chunk.translate(None, wanted)) < len(chunk):
                return True
    return False


class Utf8Stream(io.RawIOBase):
    """A text file as UTF-8 without a byte order mark, and with a last line of our own.

    Undecodable units of UTF-16 become U+FFFD: one bad character must not stop a load.
    """

    def __init__(self, path: DataFile, encoding: Encoding, last_line: str, start: int = 0) -> None:
        """Open the file at a character of its text; `last_line` follows on a line of its own."""
        self._file = path.open("rb")
        self._file.seek(encoding.bom_bytes)
        self._decoder = codecs.getincrementaldecoder(encoding.codec)(errors="replace")
        self._last_line, self._to_skip = last_line, start
        self._pending, self._ends_line, self._over = b"", True, False

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with UTF-8; 0 at the end."""
        while not self._pending and not self._over:
            self._pending = self._next().encode()
        size = min(len(buffer), len(self._pending))
        buffer[:size], self._pending = self._pending[:size], self._pending[size:]
        return size

    def _next(self) -> str:
        chunk = self._file.read(CHUNK_BYTES)
        text = self._decoder.decode(chunk, final=not chunk)
        skipped = min(self._to_skip, len(text))
        text, self._to_skip = text[skipped:], self._to_skip - skipped
        if text:
            self._ends_line = text[-1] in "\r\n"
        if chunk:
            return text
        self._over = True
        return text + ("" if self._ends_line else "\n") + self._last_line

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
