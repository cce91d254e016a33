"""How many people live in an H3 cell for certain, as far as a table of cities can tell.

A city has one point and one number in the table, and an area in the world. Its people are taken
to live around the point, between two ways of spreading them evenly: at 10,000 people to a square
kilometre, close together, and at 1,500, far apart (the least density of an urban centre in the
UN's Degree of Urbanisation, 2020). A cell is credited with the smaller of its shares under the
two: nothing at the far edge, where a dense city doesn't reach, and not all of the city at its
centre, where a loose one has few.

Counted from below throughout: nobody lives outside cities of 15,000 people; a city that lies in
the loose spread of a larger one of its country may be its district, and isn't counted again. It
is a model: a point in the sea, or an old figure, can still credit too much.

References: European Union and others, Applying the Degree of Urbanisation (2021), section 2.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.ladders.geonames import geonames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

DENSE, LOOSE = 10_000, 1_500  # people to a square kilometre
COARSEST, FINEST = 3, 7  # resolutions; finer cells are too small for a city's spread to say much
PER_POINT, LEAST_POINTS = 2_000, 7  # of a city's spread; loose, a point is 1.3 km²
EARTH_KM = 6371.0
_GOLDEN = math.pi * (3 - math.sqrt(5))


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

    @property
    def points(self) -> int:
        """How many points stand for its people, each for an equal share."""
        return max(LEAST_POINTS, self.people // PER_POINT)

    def cells(self, density: int) -> Counter[str]:
        """Return how many of the spread's points lie in each cell of the finest resolution.

        The points lie on a sunflower: the i-th at √(i/n) of the radius, turned by the golden
        angle, so that each stands for an equal part of the disk.
        """
        import h3

        radius = math.degrees(self.radius_km(density) / EARTH_KM)
        squeeze = max(math.cos(math.radians(self.latitude)), 0.01)
        cells: Counter[str] = Counter()
        for number in range(self.points):
            away, angle = radius * math.sqrt((number + 0.5) / self.points), number * _GOLDEN
            north, east = away * math.sin(angle), away * math.cos(angle) / squeeze
            cells[h3.latlng_to_cell(self.latitude + north, self.longitude + east, FINEST)] += 1
        return cells


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
        for city in _counted(near):
            for cell, credit in _credits(city).get(coarse, {}).items():
                people[cell][city.country] += credit
    return people


@cache
def _credits(city: City) -> Mapping[str, Mapping[str, int]]:
    """Return what a city credits to the cells that it reaches, by their coarsest cell."""
    import h3

    dense, loose = city.cells(DENSE), city.cells(LOOSE)
    credited: dict[str, dict[str, int]] = defaultdict(dict)
    for resolution in range(FINEST, COARSEST - 1, -1):
        dense, loose = _parents(dense, resolution), _parents(loose, resolution)
        for cell, points in (dense & loose).items():
            coarse = h3.cell_to_parent(cell, COARSEST)
            credited[coarse][cell] = city.people * points // city.points
    return credited


def _parents(cells: Counter[str], resolution: int) -> Counter[str]:
    import h3

    parents: Counter[str] = Counter()
    for cell, points in cells.items():
        parents[h3.cell_to_parent(cell, resolution)] += points
    return parents


@cache
def _counted(coarse: str) -> tuple[City, ...]:
    """Return the cities of a coarsest cell that may be no district of a larger one."""
    import h3

    around = [city for near in h3.grid_disk(coarse, 1) for city in _cities().get(near, ())]
    return tuple(city for city in _cities().get(coarse, ()) if not _is_inside(city, around))


def _is_inside(city: City, around: list[City]) -> bool:
    larger = [o for o in around if (o.people, o.latitude) > (city.people, city.latitude)]
    of_country = [other for other in larger if other.country == city.country]
    if not of_country:
        return False
    radii = np.array([other.radius_km(LOOSE) for other in of_country])
    return bool((_distances_km(city, of_country) < radii).any())


def _distances_km(city: City, others: list[City]) -> NDArray[np.float64]:
    """Return the great-circle distances (haversine)."""
    points = np.radians([(other.latitude, other.longitude) for other in others])
    latitude, longitude = math.radians(city.latitude), math.radians(city.longitude)
    half = np.sin((points - [latitude, longitude]) / 2) ** 2
    chord = half[:, 0] + math.cos(latitude) * np.cos(points[:, 0]) * half[:, 1]
    distances: NDArray[np.float64] = 2 * EARTH_KM * np.arcsin(np.sqrt(chord))
    return distances


@cache
def _cities() -> Mapping[str, tuple[City, ...]]:
    """Return the cities by their coarsest cell."""
    import h3

    cities: dict[str, list[City]] = defaultdict(list)
    for entry in geonames().get_cities().values():
        point = entry["latitude"], entry["longitude"]
        city = City(*point, entry["population"], entry["countrycode"])
        cities[h3.latlng_to_cell(*point, COARSEST)].append(city)
    return {cell: tuple(found) for cell, found in cities.items()}
