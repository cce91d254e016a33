"""Flags of many rows, eight in a byte, taken out in the order in which they were put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 8


class PackedFlags:
    """A queue of flags."""

    def __init__(self) -> None:
        """Begin without any."""
        self._bytes = bytearray()
        self._put = self._taken = 0

    def add(self, flags: NDArray[np.bool_]) -> None:
        """Put some in."""
        begun = self._put % _BITS  # flags in the last byte, which isn't full
        if begun:
            last = np.unpackbits(np.array([self._bytes.pop()], np.uint8), count=begun)
            flags = np.concatenate([last.view(np.bool_), flags])
        self._bytes += np.packbits(flags).tobytes()
        self._put += len(flags) - begun

    def take(self, count: int) -> NDArray[np.bool_]:
        """Take the next ones out; fewer come where there are no more."""
        start, end = self._taken, min(self._taken + count, self._put)
        first = start // _BITS
        packed = np.frombuffer(self._bytes[first : -(-end // _BITS)], np.uint8)
        self._taken = end
        flags: NDArray[np.bool_] = np.unpackbits(packed, count=end - first * _BITS).view(np.bool_)
        return flags[start - first * _BITS :]
