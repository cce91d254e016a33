"""Byte ranges and conditions of downloads (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class UnsatisfiableRangeError(Exception):
    """A range that starts behind the end of the bytes."""


@dataclass(frozen=True)
class ByteRange:
    """Bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes they are."""
        return self.last - self.first + 1


def requested_range(header: str | None, size: int) -> ByteRange | None:
    """Return the range asked for, None for everything.

    Only one range is served; several, another unit, or a header that isn't one are answered
    with everything, as the standard allows.

    Raises:
        UnsatisfiableRangeError: there are no such bytes.
    """
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableRangeError
    return ByteRange(int(first), end)


def _suffix(length: int, size: int) -> ByteRange:
    if length == 0 or size == 0:
        raise UnsatisfiableRangeError
    return ByteRange(max(0, size - length), size - 1)


def names_etag(header: str | None, etag: str) -> bool:
    """Answer whether an `If-None-Match` header names this entity tag, or any."""
    if header is None:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in header.split(","))
    return any(tag in ("*", etag) for tag in tags)
