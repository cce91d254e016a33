"""Date shift: one person's dates all move by the same number of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.streams import random_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

_DAYS = Grid("date")
_FIRST, _LAST = (edge.toordinal() - date(1970, 1, 1).toordinal() for edge in (date.min, date.max))


@dataclass(frozen=True)
class DateShift(Transform):
    """Moves a person's dates, in all columns it changes, 1 to `days` days back or forth.

    Guarantee:
        Whoever lacks the key sees each of the 2 x days moves as equally likely (to 2^-50), and
        never none at all. Lengths of time between one person's dates are kept. A date from which
        some move would leave the calendar (years 1 to 9999) is left empty, whatever the person's
        own move: such dates stand for `never`, and moved they would give the move away.

    Does not protect:
        What is kept: intervals. In a simulation 30 % of people had unique intervals at three
        events, 98 % at four; with several dates for a person, treat intervals as
        quasi-identifiers or band them. A date known from elsewhere (of an event that hit the
        news) gives away that person's move, and so all their dates. Weekdays, seasons and dates
        near the ends of the data show through. Moves are drawn for each partner and agreement:
        with n of them the true date lies where n windows overlap. Under one agreement a moved date
        is the same in every file, and joins files of two epochs whose tokens can't be joined.

    References:
        Privacy of date shifting: A. E. W. Johnson et al., "MIMIC-III", Scientific Data 3 (2016),
        shifts by patient and keeps intervals.

    Attributes:
        days: the longest move, 1 to 3650.
    """

    days: int
    action: ClassVar[str] = "shift_dates"
    types: ClassVar[tuple[str, ...]] = ("date", "timestamp")
    one_record_each: ClassVar[bool] = True
    joins_files: ClassVar[bool] = True
    same_in_every_column: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change; a person decides it, and no value does."""

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            units, present = _DAYS.units(values)
            moved = units + shift_days(start.key, people, self.days)
            inside = (units >= _FIRST + self.days) & (units <= _LAST - self.days)
            return _DAYS.values(np.where(inside, moved, 0), present & inside, values.type)

        return change

    @property
    def draw(self) -> str:
        """The longest move."""
        return str(self.days)

    @property
    def parameters(self) -> Mapping[str, object]:
        """The longest move."""
        return {"days": self.days}

    def describe(self) -> str:
        """Say how far, and what stays true."""
        return (
            f"moved by up to {self.days} days, never by none; all of one person's dates by the "
            "same, so that intervals hold and days of the calendar don't"
        )


def shift_days(key: bytes, people: pa.Array, days: int) -> NDArray[np.int64]:
    """Return each person's move: -days to -1 or 1 to days, decided by key and person.

    A word modulo 2 x days is at most 2 x days x 2^-64 from uniform.
    """
    word, _ = next(random_words(key, people, np.zeros(len(people), dtype=np.int64)))
    drawn = (word % np.uint64(2 * days)).astype(np.int64)
    return np.where(drawn < days, drawn - days, drawn - days + 1)
