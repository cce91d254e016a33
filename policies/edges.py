"""Ranges of a request lie on the edges of the policy floor's bands, or are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonymizers.ladders.ordered import OrderedLadder


@dataclass(frozen=True)
class Range:
    """A range as asked: exact values as text, both included; None is open."""

    column: str
    first: str | None
    last: str | None


def range_reasons(asked: Range, ladder: OrderedLadder, floor: str) -> Iterator[Reason]:
    """Yield why a range can't be a condition; a finer edge would tell more than the floor."""
    first = None if asked.first is None else ladder.parse(asked.first)
    last = None if asked.last is None else ladder.parse(asked.last)
    if asked.first is not None:
        yield from _start_reasons(asked.column, asked.first, ladder, floor)
    if asked.last is not None:
        yield from _end_reasons(asked.column, asked.last, ladder, floor)
    if first is not None and last is not None and first > last:
        params = {"column": asked.column, "first": str(asked.first), "last": str(asked.last)}
        yield Reason("where-backwards", params)


def _start_reasons(column: str, text: str, ladder: OrderedLadder, floor: str) -> Iterator[Reason]:
    band = _band(text, ladder, floor)
    if band is None:
        yield _out_of_bounds(column, text, ladder)
        return
    value, first, last = band
    if value != first:
        after = last + 1 if last < ladder.bounds.last else first
        yield _off_edge(column, text, floor, ladder.text(first), ladder.text(after))


def _end_reasons(column: str, text: str, ladder: OrderedLadder, floor: str) -> Iterator[Reason]:
    band = _band(text, ladder, floor)
    if band is None:
        yield _out_of_bounds(column, text, ladder)
        return
    value, first, last = band
    if value != last:
        before = first - 1 if first > ladder.bounds.first else last
        yield _off_edge(column, text, floor, ladder.text(before), ladder.text(last))


def _band(text: str, ladder: OrderedLadder, floor: str) -> tuple[int, int, int] | None:
    """Return the value and the first and last value of its band; None out of bounds."""
    interval = ladder.interval(floor, text)
    if interval is None:
        return None
    value, first, last = (ladder.parse(exact) for exact in (text, *interval))
    return value, first, last  # type: ignore[return-value] # what has an interval parses


def _out_of_bounds(column: str, text: str, ladder: OrderedLadder) -> Reason:
    bounds = {"first": ladder.text(ladder.bounds.first), "last": ladder.text(ladder.bounds.last)}
    return Reason("where-out-of-bounds", {"column": column, "value": text, **bounds})


def _off_edge(column: str, text: str, floor: str, below: str, above: str) -> Reason:
    params = {"column": column, "value": text, "floor": floor, "below": below, "above": above}
    return Reason("where-off-edge", params)
