"""Measures and keys as people write them on a command line.

`count_people` · `sum:wage_debt` · `quantile:age:0.25` · `histogram:age:10-years` ·
`distinct:exploitation`; keys: `exploitation`, `reported_on:year`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.client.errors import MeasureError

COUNTS = ("count_people", "count_records")
OF_A_COLUMN = ("sum", "mean", "median", "distinct")
MEDIAN = 0.5

Measure = str | Mapping[str, Any]
Measures = Sequence[Measure]
Key = str | Mapping[str, Any]
Keys = Sequence[Key]


def read_measure(measure: Measure) -> Measure:
    """Return a measure as the gateway reads it, whichever way it was written.

    Raises:
        MeasureError: it is none.
    """
    if not isinstance(measure, str) or measure in COUNTS:
        return measure
    kind, *rest = (part.strip() for part in measure.split(":"))
    if all(rest) and rest:
        if kind in OF_A_COLUMN and len(rest) == 1:
            return {kind: rest[0]}
        if kind == "quantile":
            return _quantile(measure, rest)
        if kind == "histogram":
            return _histogram(measure, rest)
    raise _unreadable(measure)


def read_key(key: Key) -> Key:
    """Return a key as the gateway reads it: `reported_on:year` names a column and its level.

    Raises:
        MeasureError: it is none.
    """
    if not isinstance(key, str):
        return key
    column, mark, level = key.partition(":")
    if not column.strip() or (mark and not level.strip()):
        raise MeasureError(f"{key!r} is no key; write exploitation, or reported_on:year")
    return {"column": column.strip(), "level": level.strip()} if mark else column.strip()


def named_start(measure: Measure) -> str:
    """Return how an answer's name of this measure begins: `sum:wage_debt:`, `quantile:age:0.5:`."""
    if isinstance(measure, str):
        return f"{measure}:"
    kind, about = next(iter(measure.items()))
    of = {"column": about} if isinstance(about, str) else about
    shares = {"median": MEDIAN, "quantile": of.get("q", MEDIAN)}
    parts = [of["column"], shares.get(kind, of.get("level"))]
    written = ":".join(str(part) for part in parts if part is not None)
    return f"{'quantile' if kind == 'median' else kind}:{written}:"


def _quantile(text: str, rest: Sequence[str]) -> Measure:
    if len(rest) == 1:
        return {"quantile": rest[0]}
    try:
        column, share = rest
        q = float(share)
    except ValueError:
        raise _unreadable(text) from None
    if not 0 < q < 1:
        raise MeasureError(f"{text!r}: a quantile lies between 0 and 1, as in quantile:age:0.25")
    return {"quantile": {"column": column, "q": q}}


def _histogram(text: str, rest: Sequence[str]) -> Measure:
    if len(rest) > 2:  # noqa: PLR2004 - a column and its level
        raise _unreadable(text)
    level = {"level": rest[1]} if rest[1:] else {}
    return {"histogram": {"column": rest[0], **level}}


def _unreadable(text: str) -> MeasureError:
    return MeasureError(
        f"{text!r} is no measure; write count_people, count_records, sum:wage_debt, "
        "mean:wage_debt, median:age, quantile:age:0.25, histogram:age:10-years or "
        "distinct:exploitation"
    )
