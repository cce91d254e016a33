"""Padding: when an answer leaves, so that the time it took says nothing of who is in the data.

Every answer leaves at a tick. How far apart ticks are follows from public parameters: how many
cells are asked for. Work that overruns its first tick leaves at a later one, and is counted: an
operator who sees overruns gives the machine more, or asks partners for less at once.

**Does not protect** fully: an answer that took two ticks took longer than one that took one. That
is mitigation, not constant time; what made it longer is mostly how many records there are, which
is the same for all questions.

What a partner got before it gets at once: that it did is known to it.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from math import ceil

_LOG = logging.getLogger("weir.aggregates")
_TICKS = ((1_000, 0.25), (10_000, 0.5), (100_000, 1.0))
_LONGEST = 2.0


def tick_seconds(cells: int) -> float:
    """Return how far apart ticks are for an answer of so many cells."""
    return next((tick for most, tick in _TICKS if cells <= most), _LONGEST)


class Ticks:
    """Says how long to wait, and counts what overran its first tick."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def wait_seconds(self, cells: int, took_seconds: float) -> float:
        """Return how long an answer that is ready waits for its tick.

        Args:
            cells: asked for.
            took_seconds: since the request came.
        """
        tick = tick_seconds(cells)
        ticks = max(ceil(took_seconds / tick), 1)
        self._count("first" if ticks == 1 else "later")
        if ticks > 1:
            _LOG.warning("an answer of %s cells overran its tick of %s s", cells, tick)
        return ticks * tick - took_seconds

    def _count(self, which: str) -> None:
        with self._lock:
            self._counts[which] += 1

    def totals(self) -> dict[str, int]:
        """Return how many answers left at their first tick, and how many later."""
        with self._lock:
            return {which: self._counts[which] for which in ("first", "later")}
