"""Periods of time among the forms of a key: which key it is, which were last, which came before."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gateway.publishing.series import SPECIAL, added_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.publishing.series import Series

_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_SHAPES = (_YEAR, _QUARTER, _MONTH, _DAY, _WEEK)
_MONTHS = 12
UNFINISHED = 0.75
"""Of what any other period has: below it, the last one may not be complete."""


def is_time(forms: Sequence[str]) -> bool:
    """Say whether all forms, special ones apart, are periods of one kind."""
    named = [form for form in forms if form not in SPECIAL]
    return bool(named) and any(all(shape.fullmatch(form) for form in named) for shape in _SHAPES)


def time_key(series: Series) -> int | None:
    """Return the place of the key that is time; None where there is none."""
    places = (place for place in range(len(series.keys)) if is_time(series.forms(place)))
    return next(places, None)


def last_whole(forms: Sequence[str], count: int | None, until: date) -> list[str]:
    """Return the last whole periods up to a day, in their order; of one that goes on, nothing."""
    whole = sorted(form for form in forms if form not in SPECIAL and last_day(form) <= until)
    return whole if count is None else whole[-count:]


def may_be_unfinished(series: Series, time: int, periods: Sequence[str]) -> bool:
    """Say whether the last period has clearly fewer than each of the others: noise aside.

    Reports come late: what looks like an end may only not be there yet. From noisy values alone.

    Args:
        series: of counts.
        time: the place of its key that is time.
        periods: shown, in their order.
    """
    *before, last = periods or [""]
    total = added_up(series.only(lambda forms: forms[time] in periods), [time])
    if not before or total is None:
        return False
    now = total.cells[last,].high
    least = [total.cells[period,].low for period in before]
    return now is not None and all(low is not None and now < low * UNFINISHED for low in least)


def last_day(form: str) -> date:
    """Return the last day of a period."""
    if found := _QUARTER.fullmatch(form):
        return _month_end(int(found[1]), int(found[2]) * 3)
    if found := _MONTH.fullmatch(form):
        return _month_end(int(found[1]), int(found[2]))
    if found := _WEEK.fullmatch(form):
        return date.fromisocalendar(int(found[1]), int(found[2]), 7)
    if _YEAR.fullmatch(form):
        return date(int(form), _MONTHS, 31)
    return date.fromisoformat(form)


def _month_end(year: int, month: int) -> date:
    following = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return following - timedelta(days=1)
