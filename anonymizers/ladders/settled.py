"""How many people live in an H3 cell for certain, as far as a table of cities can tell.

A city has one point and one number in the table, and an area in the world. Its people are taken
to live around the point, between two ways of spreading them evenly: at 10,000 people to a square
kilometre, close together, and at 1,500, far apart (the least density of an urban centre in the
UN's Degree of Urbanisation, 2020). A cell is credited with the smaller of its shares under the
two: nothing at the far edge, where a dense city doesn't reach, and not all of the city at its
centre, where a loose one has few.

Counted from below throughout: nobody lives outside cities of 15,000 people; a city that lies in
the loose spread of a larger one of its country may be its district, and isn't counted again
(`districts.py`). It is a model: a point in the sea, or an old figure, can still credit too much.

References: European Union and others, Applying the Degree of Urbanisation (2021), section 2.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

from anonymizers.ladders.districts import (
    DENSE,
    EARTH_KM,
    LOOSE,
    City,
    listed_around,
    listed_cities,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

COARSEST, FINEST = 3, 7  # resolutions; finer cells are too small for a city's spread to say much
PER_POINT, LEAST_POINTS = 2_000, 7  # of a city's spread; loose, a point is 1.3 km²
_GOLDEN = math.pi * (3 - math.sqrt(5))


@cache
def people_in(cell: str) -> Mapping[str, int]:
    """Return the people of a cell by country; none below the finest resolution counted."""
    import h3

    resolution = h3.get_resolution(cell)
    if resolution > FINEST:
        return {}
    return _settled(h3.cell_to_parent(cell, COARSEST)).get(cell, {})


@cache
def _settled(coarse: str) -> Mapping[str, Mapping[str, int]]:
    """Return the people by country of a coarsest cell and of all cells within it."""
    import h3

    people: dict[str, Counter[str]] = defaultdict(Counter)
    for near in h3.grid_disk(coarse, 1):
        for city in _counted().get(near, ()):
            for cell, credit in _credits(city).get(coarse, {}).items():
                people[cell][city.country] += credit
    return people


@cache
def _credits(city: City) -> Mapping[str, Mapping[str, int]]:
    """Return what a city credits to the cells that it reaches, by their coarsest cell."""
    import h3

    dense, loose = spread(city, DENSE), spread(city, LOOSE)
    credited: dict[str, dict[str, int]] = defaultdict(dict)
    for resolution in range(FINEST, COARSEST - 1, -1):
        dense, loose = _parents(dense, resolution), _parents(loose, resolution)
        for cell, points in (dense & loose).items():
            coarse = h3.cell_to_parent(cell, COARSEST)
            credited[coarse][cell] = city.people * points // points_of(city)
    return credited


def _parents(cells: Counter[str], resolution: int) -> Counter[str]:
    import h3

    parents: Counter[str] = Counter()
    for cell, points in cells.items():
        parents[h3.cell_to_parent(cell, resolution)] += points
    return parents


def points_of(city: City) -> int:
    """Return how many points stand for a city's people, each for an equal share."""
    return max(LEAST_POINTS, city.people // PER_POINT)


def spread(city: City, density: int) -> Counter[str]:
    """Return how many of a city's points lie in each cell of the finest resolution.

    The points lie on a sunflower: the i-th at √(i/n) of the radius, turned by the golden
    angle, so that each stands for an equal part of the disk.
    """
    import h3

    radius = math.degrees(city.radius_km(density) / EARTH_KM)
    squeeze = max(math.cos(math.radians(city.latitude)), 0.01)
    cells: Counter[str] = Counter()
    points = points_of(city)
    for number in range(points):
        away, angle = radius * math.sqrt((number + 0.5) / points), number * _GOLDEN
        north, east = away * math.sin(angle), away * math.cos(angle) / squeeze
        cells[h3.latlng_to_cell(city.latitude + north, city.longitude + east, FINEST)] += 1
    return cells


@cache
def _counted() -> Mapping[str, tuple[City, ...]]:
    """Return the cities that may be no part of a larger one, by their coarsest cell."""
    import h3

    cities: dict[str, list[City]] = defaultdict(list)
    for number, city in enumerate(listed_cities()):
        if number not in listed_around():
            cities[h3.latlng_to_cell(city.latitude, city.longitude, COARSEST)].append(city)
    return {cell: tuple(found) for cell, found in cities.items()}
