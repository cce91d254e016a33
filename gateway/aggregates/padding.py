"""Padding: when an answer leaves, so that the time it took tells its partner nothing.

What time could tell, and what is done about it:

- **Who is in the data.** Counting takes longer where more records meet the conditions. So every
  question that is new to its partner leaves at a tick, answered or refused, and how far apart ticks
  are follows from public parameters: how many cells are asked for. Work that overruns its first
  tick leaves at a later one, and is counted.
- **That somebody else asked the same.** An answer that is kept for others needs no counting. It
  leaves at the same tick: what decides is whether this partner got it before. What it did get comes
  at once; that it did is known to it.
- **That anybody asked since a load, or today.** The first question on a snapshot would have to
  prepare it: that is done ahead (`preparing`).
- **What others spent.** A budget without room refuses before anything is counted. Such a refusal
  is of a question that is new, and leaves at its tick too. Every other refusal follows from the
  request and from what is declared for this partner, before anything else is looked at.
- **How long the work of other questions takes.** A partner has a few questions worked on at a time,
  and each holds its place until its tick: the next begins at that tick, not when the work before it
  ended. So a partner can't add up the work of many questions until it overruns a tick, or see one
  question's work in how long another waits. Places are each partner's own: how long it waits for
  one depends on what it asks itself.

**Does not protect** fully: an answer that took two ticks took longer than one that took one. That
is mitigation, not constant time. What makes it longer is mostly how many records there are, which
is the same for all questions, and how busy the machine is: that shows in every answer of every
route. An operator who sees overruns gives the machine more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_LOG = logging.getLogger("weir.aggregates")
_TICKS = ((1_000, 0.25), (10_000, 0.5), (100_000, 1.0))
_LONGEST = 2.0
PLACES = 3
"""New questions of one partner that are worked on at a time: their work together fits a tick."""


def tick_seconds(cells: int) -> float:
    """Return how far apart ticks are for an answer of so many cells."""
    return next((tick for most, tick in _TICKS if cells <= most), _LONGEST)


class Ticks:
    """Lets answers leave at ticks, and counts what overran its first one."""

    def __init__(self) -> None:
        """Start at zero, with every place free."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._places: defaultdict[str, anyio.CapacityLimiter] = defaultdict(
            lambda: anyio.CapacityLimiter(PLACES)
        )

    @asynccontextmanager
    async def padded(self, partner: str, cells: int) -> AsyncIterator[None]:
        """Wait for a place, carry out the block, and end at a tick, however the block ends.

        Args:
            partner: whose place; there is an entry in memory for each that ever asked.
            cells: asked for.
        """
        async with self._places[partner]:
            began = time.monotonic()
            try:
                yield
            finally:
                await anyio.sleep(self.wait_seconds(cells, time.monotonic() - began))

    def wait_seconds(self, cells: int, took_seconds: float) -> float:
        """Return how long an answer that is ready waits for its tick.

        Args:
            cells: asked for.
            took_seconds: since its work began.
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
