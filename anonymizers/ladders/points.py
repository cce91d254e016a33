"""The ladder `point`: H3 cells from resolution 9 (0.1 km²) to 3 (12,400 km²).

Every coarser cell is the parent of the finest one, never taken from the coordinates: near edges
the two differ, for hexagons don't nest exactly, and levels would no longer refine.

With a population floor the cells are pooled inside their parents like other places (`pooling.py`),
by the people that `settled.py` credits them with. A cell on a border is named only where every
country that the table knows there has the floor by itself: whoever knows the country as well can
cut the cell. A cell of resolution 3 without the floor leaves as `*`, together with every other
such cell on Earth.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.ladders.base import TOP, Climb, LadderError
from anonymizers.ladders.geonames import GEONAMES
from anonymizers.ladders.places import Place, check_floor
from anonymizers.ladders.pooling import REST, Pool, covered, divide
from anonymizers.ladders.rungs import Placement, Standing, climb_rungs
from anonymizers.ladders.settled import COARSEST, people_in

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa
    from numpy.typing import NDArray

FINEST = 9
LEVELS = tuple(f"h3-{resolution}" for resolution in range(FINEST, COARSEST - 1, -1))
DIGITS = 6  # of a degree: 0.1 m
_POINT = re.compile(r"([+-]?[0-9]{1,2}(?:\.[0-9]+)?) *, *([+-]?[0-9]{1,3}(?:\.[0-9]+)?)")
NOBODY = ""  # stands for all cells in which nobody is known to live
_WORLD = Pool(TOP, frozenset())
_MOST_CELLS = 1 << 18


class PointError(LadderError):
    """A text is no point."""


def parse_point(text: str) -> str:
    """Return a point's one spelling: `latitude,longitude` in degrees (WGS 84), six digits.

    Raises:
        PointError: no two numbers with a comma between, or beyond 90 and 180 degrees.
    """
    match = _POINT.fullmatch(text.strip())
    latitude, longitude = (float(part) for part in match.groups()) if match else (91.0, 181.0)
    if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees on a globe
        raise PointError("no point; write latitude,longitude in degrees, like 19.4326,-99.1332")
    rounded = (round(degrees, DIGITS) + 0.0 for degrees in (latitude, longitude))  # no -0.0
    return ",".join(f"{degrees:.{DIGITS}f}" for degrees in rounded)


class PointLadder(Place):
    """`point`: cells of H3, pooled where few people are known to live."""

    name = "point"
    levels = (*LEVELS, TOP)
    source = GEONAMES

    def __init__(self, min_population: int | None = None) -> None:
        """Take the floor.

        Raises:
            LadderError: a floor below 1.
        """
        check_floor(self.name, min_population)
        self.min_population, self._floor = min_population, min_population or 0
        self._pool = lru_cache(_MOST_CELLS)(self._find_pool)
        self._inside = lru_cache(_MOST_CELLS)(self._divide)

    def knows(self, value: str) -> bool:
        """Answer whether the value is a point."""
        return self._finest(value) is not None

    def climb(self, values: pa.Array) -> Climb:
        """Place distinct points on every level.

        A form's loss is its share of the levels (Sweeney's precision): a cell at the k-th level
        costs k of 7. Areas would make all levels below `*` cost nothing.
        """
        texts = values.to_pylist()
        cells = [self._finest(text or "") for text in texts]
        null = np.array([text is None for text in texts], dtype=np.bool_)
        standing = Standing(null=null, other=np.zeros(len(texts), dtype=np.bool_))
        placements = (self._placement(level, cells) for level in LEVELS)
        return climb_rungs(self.name, values, standing, placements, len(self.levels))

    def forms(self, level: str) -> tuple[str, ...]:
        """Refuse: no table lists the Earth's cells.

        Raises:
            LadderError: always.
        """
        self.check_level(level)
        raise LadderError(
            "the cells of ladder point can't be listed: the Earth has millions of them; "
            "let aggregates name the keys that pass a threshold (keys: private)"
        )

    def levels_with(self, form: str) -> tuple[str, ...]:
        """Return the levels on which a cell, or the rest of one, can be released."""
        import h3

        if form == TOP:
            return self.levels
        cell = form.removeprefix(REST)
        if not h3.is_valid_cell(cell) or not COARSEST <= h3.get_resolution(cell) <= FINEST:
            return ()
        if self.min_population is None:
            return (_level(cell),) if cell == form else ()
        return self._levels_pooled(form, cell)

    def _levels_pooled(self, form: str, cell: str) -> tuple[str, ...]:
        """Follow a cell's pool down the levels, as long as its own form or its rest is shown."""
        import h3

        resolution, pools = h3.get_resolution(cell), [self._pool(cell)]
        found: list[str] = []
        while pools and pools[0].form in (cell, REST + cell):
            if pools[0].form == form:
                found.insert(0, f"h3-{resolution}")
            resolution += 1
            below = set(self._inside(pools[0]).values()) if resolution <= FINEST else set()
            pools = [pool for pool in below if pool.form in (cell, REST + cell)]
        return tuple(found)

    def _finest(self, text: str) -> str | None:
        import h3

        try:
            latitude, longitude = parse_point(text).split(",")
        except PointError:
            return None
        cell: str = h3.latlng_to_cell(float(latitude), float(longitude), FINEST)
        return cell

    def _placement(self, level: str, cells: list[str | None]) -> Placement:
        resolution = int(level.removeprefix("h3-"))
        forms = [TOP if cell is None else self._form(cell, resolution) for cell in cells]
        distinct = sorted(set(forms))
        numbers = {form: number for number, form in enumerate(distinct)}

        def describe(groups: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
            shown = [distinct[group] for group in groups.tolist()]
            return shown, np.array([_leaves(form) for form in shown], dtype=np.int64)

        return Placement(level, np.array([numbers[f] for f in forms], dtype=np.int64), describe)

    def _form(self, finest: str, resolution: int) -> str:
        import h3

        cell = h3.cell_to_parent(finest, resolution)
        return cell if self.min_population is None else self._pool(cell).form

    def _find_pool(self, cell: str) -> Pool:
        """Return the pool in which a cell leaves under the floor."""
        import h3

        resolution = h3.get_resolution(cell)
        if resolution == COARSEST:
            return self._alone(cell)
        above = self._pool(h3.cell_to_parent(cell, resolution - 1))
        return self._alone(cell) if above.form == TOP else self._within(above, cell)

    def _within(self, above: Pool, cell: str) -> Pool:
        places = self._inside(above)
        return places[cell if cell in places else NOBODY]

    def _alone(self, cell: str) -> Pool:
        """Divide the world: what isn't named is `*`, which no table could sum up or has to."""
        named = _together([cell]) >= self._floor
        return Pool(cell, frozenset([cell])) if named else _WORLD

    def _divide(self, pool: Pool) -> dict[str, Pool]:
        """Divide the cells of the next finer resolution inside a pool; empty ones are `NOBODY`."""
        import h3

        cells = [cell for cell in pool.members if cell != NOBODY]
        children = [child for cell in cells for child in h3.cell_to_children(cell)]
        places = [child for child in children if people_in(child)]
        if len(places) < len(children) or NOBODY in pool.members:
            places.append(NOBODY)
        return divide(pool, places, _together, self._floor)


def _together(cells: Collection[str]) -> int:
    """Return the people of cells: they are parted among cells, so none counts twice."""
    return covered(people_in(cell) for cell in cells if cell != NOBODY)


def _level(cell: str) -> str:
    import h3

    return f"h3-{h3.get_resolution(cell)}"


def _leaves(form: str) -> int:
    """Return how many levels' worth a form covers, at least 1."""
    import h3

    if form == TOP:
        return len(LEVELS) + 1
    resolution: int = h3.get_resolution(form.removeprefix(REST))
    return FINEST - resolution + 1
