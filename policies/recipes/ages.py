"""Age in whole years between two days."""

from __future__ import annotations

from datetime import date

from policies.recipes.values import NOTHING, Made

BORN_LATER = Made(None, "born-later")


def whole_years(birth: date, on: date) -> int:
    """Return the years completed; who is born on 29 February completes them on 1 March.

    Counting the changes of year instead (as a database's `date_diff` does) says 20 for somebody
    who is 19 until the birthday.
    """
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def made_age(birth: Made, on: Made) -> Made:
    """Return the age between two days as ISO writes them.

    A problem of either day is one of the age, and so is a birth after `on`.
    """
    if birth.text is None or on.text is None:
        return next((day for day in (birth, on) if day.problem), NOTHING)
    born, then = date.fromisoformat(birth.text), date.fromisoformat(on.text)
    return BORN_LATER if born > then else Made(str(whole_years(born, then)))
