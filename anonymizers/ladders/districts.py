"""The listed cities on the map, and which of them may be part of another.

GeoNames lists districts beside their city, and some towns twice under two names; nothing in the
table says so. A city's people fill a disk around its point, at the least as densely as in any
urban centre; a smaller listed city of the same country in that disk may live there too. Whoever
adds people up counts it for nothing beside the larger one: so nobody is counted twice who lives
within the disk, and a town that truly lies there by itself is left out, which errs low.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.ladders.geonames import geonames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Around = Mapping[int, frozenset[int]]

DENSE, LOOSE = 10_000, 1_500  # people to a square kilometre
EARTH_KM = 6371.0


@dataclass(frozen=True)
class City:
    """A city as the table has it: degrees, people, alpha-2 code of its country."""

    latitude: float
    longitude: float
    people: int
    country: str

    def radius_km(self, density: int) -> float:
        """Return the radius of the disk that its people fill at this density."""
        return math.sqrt(self.people / (math.pi * density))


@cache
def listed_cities() -> tuple[City, ...]:
    """Return the cities in the table's order."""
    return tuple(
        City(entry["latitude"], entry["longitude"], entry["population"], entry["countrycode"])
        for entry in geonames().get_cities().values()
    )


@cache
def listed_around() -> Around:
    """Return `around` of the listed cities."""
    return around(listed_cities())


def around(cities: Sequence[City]) -> Around:
    """Return for each city that may be part of others, or one of them again, which these are.

    Args:
        cities: of equally large ones the first counts as the larger.

    Returns:
        Numbers of cities; those that are no part of another are left out.
    """
    by_country: dict[str, list[int]] = defaultdict(list)
    for number in sorted(range(len(cities)), key=lambda number: -cities[number].people):
        by_country[cities[number].country].append(number)
    found: dict[int, set[int]] = defaultdict(set)
    for numbers in by_country.values():
        for larger, inside in _inside([cities[number] for number in numbers]):
            for place in inside:
                found[numbers[place]].add(numbers[larger])
    return {number: frozenset(larger) for number, larger in found.items()}


def _inside(cities: Sequence[City]) -> Iterator[tuple[int, list[int]]]:
    """Yield each city's place with those of smaller ones in its disk; the largest comes first.

    Distances are taken as angles between unit vectors, a smaller one having the larger cosine.
    """
    degrees = np.radians([(city.latitude, city.longitude) for city in cities])
    north, east = degrees[:, 0], degrees[:, 1]
    flat = np.cos(north)
    points = np.column_stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)])
    for place, city in enumerate(cities):
        least = math.cos(city.radius_km(LOOSE) / EARTH_KM)
        inside = np.flatnonzero(points[place + 1 :] @ points[place] > least)
        yield place, (inside + place + 1).tolist()
