"""Every ladder by its name: the one place that knows them all."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from anonymizers.ladders import (
    ages,
    cities,
    counties,
    dates,
    numbers,
    points,
    postcodes,
    regions,
    taxonomies,
)
from anonymizers.ladders import codes as code_lists
from anonymizers.ladders.base import TOP, LadderError
from anonymizers.ladders.places import PlaceLadder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anonymizers.ladders.base import Ladder
    from anonymizers.ladders.places import Place, PlaceTable
    from anonymizers.ladders.taxonomies import Taxonomy

BUILT_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{name: (*(b.level for b in bands), TOP) for name, bands in dates.BANDS.items()},
        "age": (*(b.level for b in ages.BANDS), TOP),
        "number": ("exact", TOP),
        "codes": (*code_lists.LEVELS, TOP),
        "us-state": (*regions.STATE_LEVELS, TOP),
        "country": (*regions.COUNTRY_LEVELS, TOP),
        "us-postcode": (*postcodes.LEVELS, TOP),
        "us-county": (*counties.LEVELS, TOP),
        "city": (*cities.LEVELS, TOP),
        "point": (*points.LEVELS, TOP),
    },
)
"""The built-in ladders' levels, finest first; a column's widths stand before `number`'s `*`."""

PLACES = ("us-state", "country", "us-postcode", "us-county", "city", "point")
"""The ladders that know how many people live in a place."""

_TABLES: Mapping[str, Callable[[], PlaceTable]] = MappingProxyType(
    {
        "us-state": regions.state_table,
        "country": regions.country_table,
        "us-postcode": postcodes.postcode_table,
        "us-county": counties.county_table,
        "city": cities.city_table,
    },
)


def build_ladder(  # noqa: PLR0913 - each is one key of a column's declaration
    name: str,
    *,
    bounds: Sequence[object] | None = None,
    codes: Sequence[str] | None = None,
    widths: Sequence[object] | None = None,
    taxonomy: Taxonomy | None = None,
    scale: int = 0,
    min_population: int | None = None,
) -> Ladder:
    """Make the ladder of one column from its declaration.

    Args:
        name: a built-in ladder, or the declared name of a taxonomy.
        bounds: the column's first and last value (`date`, `date-week`, `age`, `number`).
        codes: the column's code list (`codes`).
        widths: band widths, finest first, each a multiple of the one before (`number`).
        taxonomy: the parsed file where `name` is an own ladder.
        scale: decimals of the column (`number`).
        min_population: people who must live in a place before it is named (`PLACES`).

    Raises:
        LadderError: the name is unknown, or what that ladder needs is missing or wrong.
    """
    _check_declaration(name, widths, taxonomy)
    if name in PLACES:
        return place_ladder(name, min_population)
    if min_population is not None:
        raise LadderError(f"ladder {name} isn't of places, so it takes no min_population")
    if taxonomy is not None:
        return taxonomies.taxonomy_ladder(name, taxonomy)
    makers: Mapping[str, Callable[[], Ladder]] = {
        "age": lambda: ages.AgeLadder(bounds),
        "number": lambda: numbers.NumberLadder(bounds, widths, scale),
        "codes": lambda: code_lists.codes_ladder(codes),
    }
    return makers.get(name, lambda: dates.DateLadder(name, bounds))()


@lru_cache(maxsize=32)
def place_ladder(name: str, min_population: int | None = None) -> Place:
    """Return a ladder of places; it is made once for each floor, from the tables alone.

    Raises:
        LadderError: a floor below 1.
    """
    if name == "point":
        return points.PointLadder(min_population)
    return PlaceLadder(_TABLES[name](), min_population)


def levels_of(
    name: str,
    *,
    widths: Sequence[object] | None = None,
    taxonomy: Taxonomy | None = None,
    scale: int = 0,
) -> tuple[str, ...]:
    """Return a ladder's levels, finest first, without bounds or codes.

    Raises:
        LadderError: the name is unknown, or widths are missing or wrong.
    """
    _check_declaration(name, widths, taxonomy)
    if taxonomy is not None:
        return (*taxonomy.levels, TOP)
    if name == "number":
        return (*numbers.number_levels(widths, scale), TOP)
    return BUILT_IN[name]


def _check_declaration(
    name: str,
    widths: Sequence[object] | None,
    taxonomy: Taxonomy | None,
) -> None:
    if taxonomy is not None and name in BUILT_IN:
        raise LadderError(f"ladder {name} is built in; give the taxonomy another name")
    if taxonomy is None and name not in BUILT_IN:
        nearest = get_close_matches(name, BUILT_IN, n=1, cutoff=0)[0]
        raise LadderError(
            f"no ladder {name!r}; the nearest known is {nearest!r}. Own ladders are declared "
            f"under `ladders` with their file",
        )
    if widths is not None and name != "number":
        raise LadderError(f"ladder {name} takes no widths; only number does")
