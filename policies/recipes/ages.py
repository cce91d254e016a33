"""Age in whole years: between two days, or as people write it."""

from __future__ import annotations

import re
from datetime import date

from policies.recipes.folding import fold_word
from policies.recipes.values import NOTHING, Made

BORN_LATER = Made(None, "born-later")
_MONTHS = 12
_SPOKEN = re.compile(
    r"(?:(?:aprox(?:imadamente|\.)?|approx(?:imately|\.)?|about|around|ca\.|unos|unas|~)\s*)?"
    r"(?P<number>[0-9]{1,3})\s*"
    r"(?:(?:anos?|a\.|years?|yrs?\.?|y/?o)(?: (?:old|de edad))?|(?P<months>mes(?:es)?|months?))?"
)


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


def spoken_age(text: str) -> str | None:
    """Return the whole years of an age that is written with words: `aprox. 25 años`, `18 meses`.

    That it is about so many years isn't kept: ages leave in bands. Anything else, two ages among
    it, is None.
    """
    found = _SPOKEN.fullmatch(fold_word(text))
    if found is None:
        return None
    number = int(found["number"])
    return str(number // _MONTHS if found["months"] else number)
