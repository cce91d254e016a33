"""The oracle's own ladders: what a value looks like on each level, by the contract's words."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from tests.properties.history.declarations import PLACES, Dataset

LADDERS = {
    "seen_on": ("day", "month", "quarter", "year", "5-years", "*"),
    "age": ("exact", "2-years", "5-years", "10-years", "20-years", "majority", "*"),
    "place": ("exact", "level-1", "level-2", "*"),
    "harm": ("exact", "*"),
}
OTHER = "other"


def form(dataset: Dataset, column: str, value: Any, level: str) -> str | None:
    """The released form of a value; NULL is a value of its own on every level but `*`."""
    if level == "*":
        return "*"
    if value is None:
        return None
    if not is_declared(dataset, column, value):
        return OTHER
    return _FORMS[column](value, level)


def is_declared(dataset: Dataset, column: str, value: Any) -> bool:
    """Whether a value lies in the bounds, or is one of the codes, that were declared."""
    return {
        "seen_on": lambda: dataset.first_day <= value <= dataset.last_day,
        "age": lambda: 0 <= value <= dataset.oldest,
        "place": lambda: value in PLACES,
        "harm": lambda: value in dataset.codes,
    }[column]()


def _seen_on(day: date, level: str) -> str:
    five = day.year // 5 * 5
    return {
        "day": str(day),
        "month": f"{day.year}-{day.month:02}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
        "5-years": f"{five}-{five + 4}",
    }[level]


def _age(age: int, level: str) -> str:
    if level == "majority":
        return "18+" if age >= 18 else "0-17"
    if age >= 90:
        return "90+"
    if level == "exact":
        return str(age)
    width = int(level.removesuffix("-years"))
    first = age // width * width
    last = first + width - 1
    first, last = (first, min(last, 17)) if age < 18 else (max(first, 18), last)
    return str(first) if first == last else f"{first}-{last}"


def _place(place: str, level: str) -> str:
    return PLACES[place][LADDERS["place"].index(level)]


_FORMS: dict[str, Any] = {
    "seen_on": _seen_on,
    "age": _age,
    "place": _place,
    "harm": lambda code, _level: code,
}


@lru_cache(maxsize=500)
def forms_on(dataset: Dataset, column: str, level: str) -> frozenset[str | None]:
    """Every form that a declared value can have on a level, and `other`."""
    values: dict[str, Any] = {
        "seen_on": _days(dataset),
        "age": range(dataset.oldest + 1),
        "place": PLACES,
        "harm": dataset.codes,
    }
    return frozenset({OTHER, *(form(dataset, column, v, level) for v in values[column])})


def _days(dataset: Dataset) -> list[date]:
    span = (dataset.last_day - dataset.first_day).days
    return [dataset.first_day + timedelta(days=n) for n in range(span + 1)]


def between(column: str, floor: str, ceiling: str) -> tuple[str, ...]:
    """The levels from floor to ceiling."""
    levels = LADDERS[column]
    return levels[levels.index(floor) : levels.index(ceiling) + 1]
