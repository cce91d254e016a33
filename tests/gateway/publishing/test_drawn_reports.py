"""What a report draws and marks: maps, rises, patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.publishing.drawings import maps, places
from tests.gateway.publishing.conftest import Page

needs_maps = pytest.mark.skipif(
    places.atlas("us-states") is None, reason="built without maps: npm's registry wasn't in reach"
)


@needs_maps
def test_states_and_countries_are_on_maps(quarterly):
    folder = quarterly.folder
    states = (folder / "charts" / "places-map.svg").read_text()
    assert ">CA<" in states
    assert len(states) < 75_000
    assert (folder / "charts" / "homes-map.svg").is_file()
    page = (folder / "index.html").read_text()
    assert "Not on the map: " in page
    assert "more people live in some places" in page


def test_without_maps_there_is_none(monkeypatch):
    monkeypatch.setattr(places.resources, "files", lambda _package: Path("/nowhere"))
    places.atlas.cache_clear()
    try:
        assert places.atlas("us-states") is None
        assert "without them" in places.why_missing()
    finally:
        places.atlas.cache_clear()


def test_without_maps_bars_stand_in_and_the_command_alone_says_why(report, tmp_path, monkeypatch):
    for module in (maps, places):
        monkeypatch.setattr(module, "atlas", lambda _world: None)
    done = report("hot-spots", "--output", "out")
    assert done.exit_code == 0, done.stderr
    assert "weir: places are on no map: it was built without them" in done.stderr
    page = (tmp_path / "out" / "index.html").read_text()
    assert (tmp_path / "out" / "charts" / "places-places.svg").is_file()
    assert not (tmp_path / "out" / "charts" / "places-map.svg").exists()
    for word in (" map", "npm", "install"):
        assert word not in page.lower()


@needs_maps
def test_where_there_are_maps_nothing_is_said_of_them(report):
    assert "no map" not in report("hot-spots", "--output", "out").stderr


def test_a_last_period_that_may_be_unfinished_is_said(remake, gateway):
    gateway.truth = lambda cell: 300 if "2025-Q4" in cell else 1000
    page = (remake("hot-spots") / "index.html").read_text()
    assert "Mind 2025-Q4: clearly fewer" in page
    gateway.truth = lambda _cell: 1000
    assert "clearly fewer" not in (remake("hot-spots", "--replace") / "index.html").read_text()


def test_names_are_escaped(quarterly):
    text = (quarterly.folder / "index.html").read_text()
    assert "Types &lt;b&gt;" in text
    assert "Types <b>" not in text


def test_a_rise_is_marked_on_map_and_line_and_told(remake, gateway):
    gateway.truth = lambda cell: 4000 if cell == ("TX", "2025-Q4") else 1000
    folder = remake("hot-spots")
    page = Page((folder / "index.html").read_text())
    told = " ".join(" ".join(page.words).split())
    assert "Rises that noise doesn't explain" in told
    cells = [attrs for attrs in page.all("img") if "Texas" in attrs["alt"] or "TX" in attrs["alt"]]
    assert cells
    assert "Red triangle" in (folder / "charts" / "places.svg").read_text()


def test_nothing_is_marked_where_nothing_rose(remake, gateway):
    gateway.truth = lambda _cell: 1000
    folder = remake("hot-spots")
    assert "No rise against the period before" in (folder / "index.html").read_text()
    assert "Red triangle" not in (folder / "charts" / "places.svg").read_text()


def test_a_pattern_is_drawn_and_told_with_its_limits(remake, gateway):
    strange = {"ForcedLabour", "DebtBondage", "A_Agriculture"}
    gateway.truth = lambda cell: 5000 if strange <= set(cell) else 1000
    folder = remake("typology")
    text = (folder / "index.html").read_text()
    assert (folder / "charts" / "typology-patterns.svg").is_file()
    assert "neither why" in text
    assert "First: Debt bondage + Forced labour + A: Agriculture" in text or (
        "First: Forced labour + Debt bondage + A: Agriculture" in text
    )


def test_no_pattern_is_told_as_well(remake, gateway):
    gateway.truth = lambda _cell: 1000
    folder = remake("typology")
    assert "No combination occurs more often" in (folder / "index.html").read_text()
