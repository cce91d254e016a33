"""The ladders `date` and `date-week`: days in calendar or ISO 8601 bands.

Weeks cross months, so the two are separate ladders and never rungs of one.

References:
    ISO 8601-1:2019, week dates; the proleptic Gregorian calendar throughout.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.ordered import Bands, OrderedLadder, read_bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_EPOCH = date(1970, 1, 1).toordinal()
_EPOCH_YEAR = 1970
_DAY = re.compile(r"([0-9]{4})-([0-9][0-9])-([0-9][0-9])")


def _months(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _month_starts(months: Ints) -> Ints:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _years(days: Ints) -> Ints:
    return _months(days) // 12 + _EPOCH_YEAR


def _year_starts(years: Ints) -> Ints:
    return _month_starts((years - _EPOCH_YEAR) * 12)


def _weeks(days: Ints) -> Ints:
    return (days + 3) // 7  # week 0 runs from Monday 1969-12-29; its Thursday is day 0


def _iso_years(days: Ints) -> Ints:
    return _years(_weeks(days) * 7)  # a week belongs to the year of its Thursday


def _iso_year_starts(years: Ints) -> Ints:
    return _weeks(_year_starts(years) + 3) * 7 - 3  # the Monday of the week of 4 January


def _week_texts(weeks: Ints) -> list[str]:
    thursdays = weeks * 7
    years = _years(thursdays)
    within = (thursdays - _year_starts(years)) // 7 + 1
    return [f"{y:04d}-W{w:02d}" for y, w in zip(years.tolist(), within.tolist(), strict=True)]


def _day_texts(days: Ints) -> list[str]:
    texts: list[str] = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return texts


def _month_texts(months: Ints) -> list[str]:
    return [f"{_EPOCH_YEAR + m // 12:04d}-{m % 12 + 1:02d}" for m in months.tolist()]


def _quarter_texts(quarters: Ints) -> list[str]:
    return [f"{_EPOCH_YEAR + q // 4:04d}-Q{q % 4 + 1}" for q in quarters.tolist()]


def _year_texts(years: Ints) -> list[str]:
    return [f"{y:04d}" for y in years.tolist()]


def _five_year_texts(fives: Ints) -> list[str]:
    return [f"{f * 5:04d}-{f * 5 + 4:04d}" for f in fives.tolist()]


_DAYS = Bands("day", lambda days: days, lambda days: days, _day_texts)

BANDS = MappingProxyType(
    {
        "date": (
            _DAYS,
            Bands("month", _months, _month_starts, _month_texts),
            Bands(
                "quarter",
                lambda days: _months(days) // 3,
                lambda quarters: _month_starts(quarters * 3),
                _quarter_texts,
            ),
            Bands("year", _years, _year_starts, _year_texts),
            Bands(
                "5-years",
                lambda days: _years(days) // 5,
                lambda fives: _year_starts(fives * 5),
                _five_year_texts,
            ),
        ),
        "date-week": (
            _DAYS,
            Bands("iso-week", _weeks, lambda weeks: weeks * 7 - 3, _week_texts),
            Bands("iso-year", _iso_years, _iso_year_starts, _year_texts),
        ),
    },
)

# A released form → some day inside its band. July lies in the calendar and the ISO year alike.
_SHAPES: tuple[tuple[re.Pattern[str], Callable[..., date]], ...] = (
    (_DAY, date),
    (re.compile(r"([0-9]{4})-([0-9][0-9])"), lambda year, month: date(year, month, 1)),
    (re.compile(r"([0-9]{4})-Q([1-4])"), lambda year, quarter: date(year, quarter * 3, 1)),
    (
        re.compile(r"([0-9]{4})-W([0-9][0-9])"),
        lambda year, week: date.fromisocalendar(year, week, 4),
    ),
    (re.compile(r"(?:[0-9]{4}-)?([0-9]{4})"), lambda year: date(year, 7, 1)),
)


def _read_shape(text: str, pattern: re.Pattern[str], day: Callable[..., date]) -> int | None:
    match = pattern.fullmatch(text)
    if match is None:
        return None
    try:
        return day(*map(int, match.groups())).toordinal() - _EPOCH
    except ValueError:
        return None


class DateLadder(OrderedLadder):
    """`date` or `date-week` over the days of declared bounds."""

    def __init__(self, name: str, bounds: Sequence[object] | None) -> None:
        """Take one of the names in `BANDS` and the first and last day.

        Raises:
            LadderError: the bounds are missing, no dates, or reversed.
        """
        super().__init__(name, read_bounds(name, bounds, _bound_day), BANDS[name])

    def read(self, values: pa.Array) -> tuple[Ints, Mask]:
        """Turn a date32 array into days since 1970-01-01."""
        if values.type != pa.date32():
            raise LadderError(f"ladder {self.name} takes dates, not {values.type}")
        days = values.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        return days.astype(np.int64), values.is_valid().to_numpy(zero_copy_only=False)

    def parse(self, value: str) -> int | None:
        """Read `YYYY-MM-DD`."""
        return _read_shape(value, *_SHAPES[0])

    def text(self, value: int) -> str:
        """Write `YYYY-MM-DD`."""
        return date.fromordinal(value + _EPOCH).isoformat()

    def value_in(self, form: str) -> int | None:
        """Return a day of the band that `form` names."""
        days = (_read_shape(form, pattern, day) for pattern, day in _SHAPES)
        return next((day for day in days if day is not None), None)


def _bound_day(bound: object) -> int:
    if isinstance(bound, str):
        bound = date.fromisoformat(bound)
    if not isinstance(bound, date) or isinstance(bound, datetime):
        raise TypeError(bound)
    return bound.toordinal() - _EPOCH
