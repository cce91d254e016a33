"""The ladder `us-postcode`: a ZIP code, its first three digits, its state.

The state of a ZIP3 is the one in which most of its people live, also for its ZIP codes across the
border: a level that split a ZIP3 wouldn't refine. Digits are text: `02139` is a ZIP code, `2139`
is none.
"""

from __future__ import annotations

import re
from functools import cache

from anonymizers.ladders.places import PlaceTable, Source
from anonymizers.ladders.regions import state_people
from anonymizers.ladders.shipped import read_table

LEVELS = ("zip5", "zip3", "us-state")
SOURCE = Source("US Census Bureau, American Community Survey, B01003 by ZCTA", "2018-2022")
_ZIP = re.compile(r"([0-9]{5})(?:-[0-9]{4})?")


@cache
def postcode_table() -> PlaceTable:
    """Return every ZIP code with its people; those without residents have none."""
    lines, people = [], []
    for prefix, state, codes in read_table("us_zips.csv"):
        for code in codes.split():
            suffix, _, count = code.partition(":")
            lines.append((prefix + suffix, prefix, state))
            people.append(int(count or 0))
    numbers = {line[0]: number for number, line in enumerate(lines)}
    return PlaceTable(
        name="us-postcode",
        levels=LEVELS,
        lines=lines,
        people=people,
        stated=state_people(),
        find=lambda text: numbers.get(_zip5(text)),
        source=SOURCE,
    )


def _zip5(text: str) -> str:
    match = _ZIP.fullmatch(text.strip())
    return match[1] if match else ""
