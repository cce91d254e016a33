"""The ladder `city`: a city of the world, its subdivision, its country.

Listed are GeoNames' places of 15,000 people and more. Districts of large cities are places of
their own there, and under a floor aren't counted beside their city (`districts.py`). Small towns
aren't listed, and so are suppressed.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from anonymizers.ladders.districts import listed_around
from anonymizers.ladders.gazetteer import Gazetteer
from anonymizers.ladders.geonames import GEONAMES, geonames
from anonymizers.ladders.places import PlaceTable
from anonymizers.ladders.shipped import read_table
from anonymizers.ladders.spellings import country_spellings, fold, subdivision_spellings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEVELS = ("city", "subdivision", "country")


@cache
def city_table() -> PlaceTable:
    """Return the cities as `Austin (US-TX)`, their subdivisions by ISO 3166-2 code.

    A subdivision whose ISO code isn't known has GeoNames' (`MX.07`). Cities of one name in one
    subdivision carry their GeoNames id. A country has the people of its listed cities alone.
    """
    cities = list(geonames().get_cities().values())
    lines = _lines(cities)
    return PlaceTable(
        name="city",
        levels=LEVELS,
        lines=lines,
        people=[city["population"] for city in cities],
        stated={},  # small towns leave as `*`: whoever leaves as a country lives in a listed city
        find=lambda text: _gazetteer().find(text),
        source=GEONAMES,
        around=listed_around,
    )


def _lines(cities: list[Any]) -> list[tuple[str, str, str]]:
    codes = {(country, code): iso for country, code, iso, _ in read_table("subdivisions.csv")}
    lines = []
    for city in cities:
        country, code = city["countrycode"], city["admin1code"]
        subdivision = codes.get((country, code)) or f"{country}.{code}"
        lines.append((f"{city['name']} ({subdivision})", subdivision, country))
    twice = Counter(line[0] for line in lines)
    return [
        (f"{form} #{city['geonameid']}" if twice[form] > 1 else form, *above)
        for city, (form, *above) in zip(cities, lines, strict=True)
    ]


@cache
def _gazetteer() -> Gazetteer:
    """Index the cities by GeoNames id, name, and names in other languages and scripts."""
    cities = list(geonames().get_cities().values())
    named = _subdivision_names()
    return Gazetteer(
        (
            (spelling, line)
            for line, city in enumerate(cities)
            for spelling in _spellings(city)
            if spelling
        ),
        [line[1:] for line in city_table().lines],
        lambda region: _regions(region, named),
    )


def _spellings(city: Any) -> Iterator[str]:
    yield str(city["geonameid"])
    yield city["name"]
    yield from city["alternatenames"]


@cache
def _subdivision_names() -> Mapping[str, tuple[str, ...]]:
    """Map folded codes and names of subdivisions to every subdivision so called."""
    names: dict[str, set[str]] = {}
    for country, code, iso, name in read_table("subdivisions.csv"):
        place = iso or f"{country}.{code}"
        for spelling in (place, place[3:], name):
            names.setdefault(fold(spelling), set()).add(place)
    return {name: tuple(places) for name, places in names.items()}


def _regions(region: str, named: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield from named.get(region, ())
    country = country_spellings().get(region)
    if country is not None:
        yield country
    for of_country in ("US", "MX"):
        code = subdivision_spellings(of_country).get(region)
        if code is not None:
            yield code
