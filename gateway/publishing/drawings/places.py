"""Places on maps: whose forms are states or countries, and their shapes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

World = Literal["us-states", "countries"]
WORLDS: tuple[World, ...] = ("us-states", "countries")

FEWEST = 8  # forms that make a key one of places, so that `US, MX, other` needs no map of the world
KNOWN_SHARE = 0.9
MISSING = "maps-missing.txt"


@dataclass(frozen=True)
class Atlas:
    """Shapes in pixels.

    Attributes:
        size: width and height.
        shapes: GeoJSON features by the forms of the ladder.
    """

    size: tuple[int, int]
    shapes: Mapping[str, Mapping[str, Any]]


def world_of(forms: Sequence[str]) -> World | None:
    """Say which map the forms of a key belong on; None for none."""
    named = [form for form in forms if form not in SPECIAL]
    if len(named) < FEWEST:
        return None
    for world, codes in (("us-states", _states()), ("countries", _countries())):
        if sum(form in codes.values() for form in named) >= KNOWN_SHARE * len(named):
            return world  # type: ignore[return-value]
    return None


@cache
def atlas(world: World) -> Atlas | None:
    """Return a map; None where the installation has none."""
    file = resources.files("gateway") / "static" / f"{world}.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    codes = _states() if world == "us-states" else _countries()
    shapes = {
        codes[feature["id"]]: feature
        for feature in document["features"]
        if feature.get("id") in codes
    }
    return Atlas(tuple(document["size"]), shapes)


def why_missing() -> str:
    """Return why there are no maps, as the build said it; empty where there are."""
    if all(atlas(world) for world in WORLDS):
        return ""
    file = resources.files("gateway") / "static" / MISSING
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "it was built without them; install Weir again with npm's registry in reach"


@cache
def _states() -> Mapping[str, str]:
    """Return USPS codes by FIPS code: the first two digits of any of their counties."""
    from anonymizers.ladders.shipped import read_table

    return {county[0][:2]: county[2] for county in read_table("us_counties.csv")}


@cache
def _countries() -> Mapping[str, str]:
    """Return ISO alpha-2 codes by their numbers."""
    import pycountry

    return {country.numeric: country.alpha_2 for country in pycountry.countries}
