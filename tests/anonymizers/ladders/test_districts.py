"""Which listed cities may be part of another, held against distances taken one by one."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.ladders.districts import City, around, listed_around, listed_cities

DEGREE_KM = 6371 * math.pi / 180


def cities(*places):
    return [City(*place) for place in places]


def test_a_smaller_city_within_the_disk_of_a_larger_one_may_be_its_district():
    # 150,000 people fill 100 km² at 1,500 to a square kilometre: a radius of 5.64 km
    near, far = 5.6 / DEGREE_KM, 5.7 / DEGREE_KM
    city = (0.0, 0.0, 150_000, "KE")
    assert around(cities(city, (near, 0.0, 20_000, "KE"))) == {1: {0}}
    assert around(cities((0.0, near, 20_000, "KE"), city)) == {0: {1}}
    assert around(cities(city, (far, 0.0, 20_000, "KE"))) == {}
    assert around(cities(city, (near, 0.0, 20_000, "UG"))) == {}


@pytest.mark.parametrize("east", [0.0, 0.001])
def test_of_a_city_listed_twice_the_first_counts(east):
    twice = cities((47.0, 107.0, 16_953, "MN"), (47.0, 107.0 + east, 16_953, "MN"))
    assert around(twice) == {1: {0}}


def arc_km(one, other):
    """Measure along a great circle: haversine, for one pair."""
    north, north_too = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    half = math.sin((north_too - north) / 2) ** 2
    half += math.cos(north) * math.cos(north_too) * math.sin(east / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


PLACES = st.builds(
    City,
    st.sampled_from([-75.0, 0.0, 0.03, 64.1]),
    st.floats(179.9, 180.1).map(lambda east: east - 360 if east > 180 else east),
    st.sampled_from([15_000, 60_000, 60_000, 900_000]),
    st.sampled_from(["NZ", "FJ"]),
)


@given(st.lists(PLACES, max_size=9))
def test_any_cities_lie_in_disks_as_measured_pair_by_pair(some):
    expected = {}
    for (small, city), (large, other) in permutations(enumerate(some), 2):
        comes_before = (-other.people, large) < (-city.people, small)
        radius = math.sqrt(other.people / 1_500 / math.pi)
        if comes_before and city.country == other.country and arc_km(city, other) < radius:
            expected.setdefault(small, set()).add(large)
    assert around(some) == expected


def test_known_doubles_and_districts_are_found():
    numbers = {}
    for number, (city, name) in enumerate(zip(listed_cities(), names(), strict=True)):
        numbers[city.country, name] = number
    for country, small, large in (
        ("MN", "Zuunmod", "Dzuunmod"),
        ("IS", "Keflavík", "Reykjanesbær"),
        ("US", "Brooklyn", "New York City"),
    ):
        pair = {numbers[country, small], numbers[country, large]}
        assert any({one, *listed_around().get(one, ())} >= pair for one in pair)


def names():
    from anonymizers.ladders.geonames import geonames

    return [entry["name"] for entry in geonames().get_cities().values()]
