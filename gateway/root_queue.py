"""Roots of many people, taken out in the order in which they were put in."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pyarrow as pa

from anonymizers.pseudonyms import ROOT, ROOT_BYTES, root_bytes

if TYPE_CHECKING:
    from gateway.spill import Spill

WAITING_ROOTS = 1 << 19  # held in memory: 8 MB


class RootQueue:
    """A queue of roots; where many wait, they do so in spill files."""

    def __init__(self, spill: Spill, name: str) -> None:
        """Begin without any.

        Args:
            spill: takes what doesn't fit in memory.
            name: of this queue's files in it.
        """
        self._spill, self._name = spill, name
        self._front = _none()
        self._files: deque[str] = deque()
        self._written = 0
        self._waiting: list[pa.Array] = []

    def add(self, roots: pa.Array) -> None:
        """Put some in.

        Args:
            roots: binary(16).
        """
        self._waiting.append(roots)
        if sum(map(len, self._waiting)) >= WAITING_ROOTS:
            self._put_away()

    def take(self, count: int) -> pa.Array:
        """Take the next ones out; fewer come where there are no more.

        Raises:
            SealedFileError: a spill file was changed.
        """
        taken = [_none()]
        while count and self._has_more():
            taken.append(self._front[:count])
            self._front = self._front[len(taken[-1]) :]
            count -= len(taken[-1])
        return pa.concat_arrays(taken)

    def _has_more(self) -> bool:
        """Bring the next ones to the front, where none are there."""
        if not len(self._front):
            if self._files:
                self._front = self._read(self._files.popleft())
            else:
                self._front, self._waiting = pa.concat_arrays([_none(), *self._waiting]), []
        return len(self._front) > 0

    def _put_away(self) -> None:
        name = f"{self._name}-{self._written}"
        with self._spill.write(name) as out:
            for roots in self._waiting:
                out.write(root_bytes(roots).data)
            out.finish()
        self._files.append(name)
        self._written, self._waiting = self._written + 1, []

    def _read(self, name: str) -> pa.Array:
        with self._spill.read(name) as source:
            stored = source.read(source.size)
        return pa.Array.from_buffers(ROOT, len(stored) // ROOT_BYTES, [None, pa.py_buffer(stored)])


def _none() -> pa.Array:
    return pa.array([], ROOT)
