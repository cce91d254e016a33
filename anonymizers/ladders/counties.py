"""The ladder `us-county`: a county or what counts as one, and its state."""

from __future__ import annotations

import re
from functools import cache

from anonymizers.ladders.gazetteer import Gazetteer
from anonymizers.ladders.places import PlaceTable, Source
from anonymizers.ladders.regions import state_code, state_people
from anonymizers.ladders.shipped import read_table

LEVELS = ("county", "us-state")
SOURCE = Source("US Census Bureau, Population Estimates, vintage 2020", "2020-07-01")
_KIND = re.compile(
    " (County|Parish|Borough|Census Area|City and Borough|Municipality|Municipio|City|city|"
    "Planning Region|Island|District)$",
)


@cache
def county_table() -> PlaceTable:
    """Return the counties as `Travis County (TX)`.

    They are found by FIPS code (`48453`) and by name, with the state where the name has several:
    `Travis County, TX`, `Travis, Texas`. `Richmond, VA` is none: it may be the county or the city.
    """
    rows = read_table("us_counties.csv")
    gazetteer = Gazetteer(
        ((spelling, n) for n, row in enumerate(rows) for spelling in _spellings(row[0], row[1])),
        [(row[2],) for row in rows],
        lambda region: filter(None, [state_code(region)]),
    )
    return PlaceTable(
        name="us-county",
        levels=LEVELS,
        lines=[(f"{name} ({state})", state) for _, name, state, _ in rows],
        people=[int(people or 0) for *_, people in rows],
        stated=state_people(),
        find=gazetteer.find,
        source=SOURCE,
    )


def _spellings(fips: str, name: str) -> tuple[str, ...]:
    return fips, name, _KIND.sub("", name)
