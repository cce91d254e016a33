"""Age in whole years between two days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.recipes.values import NOTHING, Made

if TYPE_CHECKING:
    from datetime import date

BORN_LATER = Made(None, "born-later")


def whole_years(birth: date, on: date) -> int:
    """Return the years completed; who is born on 29 February completes them on 1 March.

    Counting the changes of year instead (as a database's `date_diff` does) says 20 for somebody
    who is 19 until the birthday.
    """
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def made_age(birth: Made | date, on: Made | date) -> Made:
    """Return the age; a problem of either day is one of the age, and so is a birth after `on`."""
    if not isinstance(birth, Made) and not isinstance(on, Made):
        return BORN_LATER if birth > on else Made(str(whole_years(birth, on)))
    problems = (day for day in (birth, on) if isinstance(day, Made) and day.problem)
    return next(problems, NOTHING)
