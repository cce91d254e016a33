"""Days as files write them, read in the one order that the recipe declares.

No day is ever moved: 31 April, and 29 February outside of leap years, are no dates. A date that
fits another order than the declared one is `date-order-doubtful` rather than unreadable, for then
the days below 13 of the same column may be wrong without anybody seeing it.

A year first, with four digits, is read in any order: nobody writes the day in its middle. Years
of two digits are those from `two_digit_years_from` on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from policies.documents.recipe import DateOrder
from policies.recipes.folding import fold_word
from policies.recipes.values import Made
from policies.recipes.words import BETWEEN, month_numbers, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST = 80  # characters: no date is longer
NOT_A_DATE = Made(None, "not-a-date")
DOUBTFUL = Made(None, "date-order-doubtful")

_CLOCK = re.compile(
    r"(?P<day>.*?)(?:(?:t|,? )(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:[.,]\d{1,9})?)?(?: ?(?P<half>[ap])\.? ?m\.?)?(?P<offset>z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,4})(?: ?([-/.]) ?| )(\d{1,2})(?: ?\2 ?| )(\d{1,4})", re.ASCII)
_PIECES = re.compile(r"\d+|[^\W\d_]+|[^-/., ]", re.ASCII)
_LONG, _SHORT, _HALF_DAY = 4, 2, 12  # digits of years; hours
_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)
_SWAPPED: Mapping[DateOrder, tuple[DateOrder, ...]] = MappingProxyType(
    {
        "day-month-year": ("month-day-year",),
        "month-day-year": ("day-month-year",),
        "year-month-day": ("day-month-year", "month-day-year"),
    }
)


@dataclass(frozen=True)
class DateReader:
    """Reads the days of one column.

    Attributes:
        order: in which its numbers stand; None takes ISO dates alone.
        language: of the names of months; None takes those of all languages known.
        first_year: of the hundred that two digits can mean.
        keeps_time: whether the time of day stays, for timestamps. Elsewhere it is left out;
            a time with an offset is then no date, since whose day it names isn't said.
    """

    order: DateOrder | None
    language: str | None
    first_year: int
    keeps_time: bool
    _months: Mapping[str, int] = field(init=False, repr=False)
    _between: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look up the words of the language once."""
        object.__setattr__(self, "_months", month_numbers(self.language))
        object.__setattr__(self, "_between", words_of(BETWEEN, self.language))

    def read(self, text: str) -> Made:
        """Return the day as ISO writes it, or why it is none."""
        found = _CLOCK.fullmatch(fold_word(text)) if len(text) <= LONGEST else None
        if found is None or (found["offset"] and not self.keeps_time):
            return NOT_A_DATE
        made = self._day(found["day"])
        if made.text is None or found["hour"] is None:
            return made
        moment = _time_of_day(found)
        if moment is None:
            return NOT_A_DATE
        kept = f"T{moment}{(found['offset'] or '').upper()}" if self.keeps_time else ""
        return Made(made.text + kept, decisive=made.decisive)

    def _day(self, text: str) -> Made:
        iso = _ISO.fullmatch(text)
        if iso:
            return _made(_exists(*map(int, iso.groups())))
        if self.order is None:
            return NOT_A_DATE
        numbers = _NUMBERS.fullmatch(text)
        if numbers:
            return self._of_numbers(self.order, (numbers[1], numbers[3], numbers[4]))
        return self._of_words(self.order, text)

    def _of_numbers(self, order: DateOrder, parts: Sequence[str]) -> Made:
        if len(parts[0]) == _LONG:
            return _made(self._fit("year-month-day", parts))
        day = self._fit(order, parts)
        if day is None:
            fits_another = any(self._fit(other, parts) for other in _ORDERS)
            return DOUBTFUL if fits_another else NOT_A_DATE
        return _made(day, decisive=not any(self._fit(other, parts) for other in _SWAPPED[order]))

    def _fit(self, order: DateOrder, parts: Sequence[str]) -> date | None:
        named = dict(zip(order.split("-"), parts, strict=True))
        if len(named["month"]) > _SHORT or len(named["day"]) > _SHORT:
            return None
        year = self._year(named["year"])
        return None if year is None else _exists(year, int(named["month"]), int(named["day"]))

    def _year(self, digits: str) -> int | None:
        if len(digits) == _LONG:
            return int(digits)
        if len(digits) != _SHORT:
            return None
        return self.first_year + (int(digits) - self.first_year) % 100

    def _of_words(self, order: DateOrder, text: str) -> Made:
        """Read a date with the name of its month: `5 de marzo de 2024`, `5-mar-24`."""
        pieces = [piece for piece in _PIECES.findall(text) if piece not in self._between]
        months = [self._months[piece] for piece in pieces if piece in self._months]
        numbers = [piece for piece in pieces if piece.isdecimal()]
        if (len(months), len(numbers), len(pieces)) != (1, 2, 3):
            return NOT_A_DATE
        year_first = order == "year-month-day"
        if _LONG in map(len, numbers):
            year_first = len(numbers[0]) == _LONG
        year, day = numbers if year_first else reversed(numbers)
        return _made(self._fit("year-month-day", (year, str(months[0]), day)))


def _time_of_day(found: re.Match[str]) -> time | None:
    hour, half = int(found["hour"]), found["half"]
    if half:
        if not 1 <= hour <= _HALF_DAY:
            return None
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "p" else 0)
    try:
        return time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        return None


def _exists(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _made(day: date | None, *, decisive: bool = False) -> Made:
    return NOT_A_DATE if day is None else Made(day.isoformat(), decisive=decisive)
