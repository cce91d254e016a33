"""The ladders `us-state` and `country`: a place and the region that holds it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from anonymizers.ladders.geonames import GEONAMES, geonames
from anonymizers.ladders.places import PlaceTable, Source
from anonymizers.ladders.shipped import read_table
from anonymizers.ladders.spellings import country_spellings, fold, subdivision_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STATE_LEVELS = ("us-state", "us-region")
COUNTRY_LEVELS = ("country", "un-region")
STATES_SOURCE = Source("US Census Bureau, Population Estimates, vintage 2020", "2020-07-01")


@cache
def state_table() -> PlaceTable:
    """Return `us-state`: USPS codes (states, DC, territories) and census regions."""
    lines = read_table("us_regions.csv")
    people = state_people()
    return PlaceTable(
        name="us-state",
        levels=STATE_LEVELS,
        lines=lines,
        people=[people[line[0]] for line in lines],
        stated={},
        find=_finder({line[0]: n for n, line in enumerate(lines)}, state_code),
        source=STATES_SOURCE,
    )


@cache
def country_table() -> PlaceTable:
    """Return `country`: ISO 3166-1 alpha-2 codes and the regions of UN M49."""
    lines = read_table("un_regions.csv")
    people = {code: country["population"] for code, country in geonames().get_countries().items()}
    return PlaceTable(
        name="country",
        levels=COUNTRY_LEVELS,
        lines=lines,
        people=[people.get(line[0], 0) for line in lines],
        stated={},
        find=_finder({line[0]: n for n, line in enumerate(lines)}, country_code),
        source=GEONAMES,
    )


@cache
def state_people() -> Mapping[str, int]:
    """Return who lives in each state, by USPS code."""
    return {state: int(people) for state, people in read_table("us_states.csv")}


def state_code(text: str) -> str | None:
    """Return the USPS code of `CA`, `US-CA`, `California` or its name in another language."""
    code = text.strip().upper()
    if code in state_people():
        return code
    named = subdivision_spellings("US").get(fold(text))
    return None if named is None else named.removeprefix("US-")


def country_code(text: str) -> str | None:
    """Return the alpha-2 code of a code or a name, never by likeness."""
    return country_spellings().get(fold(text))


def _finder(
    lines: Mapping[str, int], code: Callable[[str], str | None]
) -> Callable[[str], int | None]:
    return lambda text: lines.get(code(text) or "")
