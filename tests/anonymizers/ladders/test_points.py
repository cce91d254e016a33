"""Points: cells of H3, their parents, and who is known to live in them."""

import h3
import pyarrow as pa
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.ladders.districts import DENSE, LOOSE, City
from anonymizers.ladders.geonames import geonames
from anonymizers.ladders.points import LEVELS, PointError, parse_point
from anonymizers.ladders.pooling import covered
from anonymizers.ladders.settled import people_in, points_of, spread

ZOCALO, AUSTIN, VADUZ, SEA = "19.4326,-99.1332", "30.27,-97.74", "47.14,9.52", "0,0"
EL_PASO, LAREDO, NUEVO_LAREDO = "31.76,-106.48", "27.53,-99.49", "27.48,-99.51"


def resolution(form):
    return h3.get_resolution(form.removeprefix("rest of "))


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("19.4326,-99.1332", "19.432600,-99.133200"),
        (" 19.4326 , -99.1332 ", "19.432600,-99.133200"),
        ("+7,-0", "7.000000,0.000000"),
        ("-0.00000001,180", "0.000000,180.000000"),
        ("90,-180.0", "90.000000,-180.000000"),
    ],
)
def test_a_point_has_one_spelling(text, point):
    assert parse_point(text) == point


@pytest.mark.parametrize(
    "text",
    ["", "19.4", "19,4;99,1", "91,0", "0,181", "N19.4,W99.1", "1e1,2", "nan,0", "19.4,-99.1,5"],
)
def test_what_is_no_point_is_refused(text):
    with pytest.raises(PointError, match="write latitude,longitude in degrees"):
        parse_point(text)
    assert not build_ladder("point").knows(text)


def test_every_cell_is_the_parent_of_the_finest_one(released):
    ladder = build_ladder("point")
    # A point whose cell of resolution 5 isn't the parent of its cell of resolution 9.
    point = next(
        (lat / 100, -97.0)
        for lat in range(3000, 4000)
        if h3.cell_to_parent(h3.latlng_to_cell(lat / 100, -97.0, 9), 5)
        != h3.latlng_to_cell(lat / 100, -97.0, 5)
    )
    finest = h3.latlng_to_cell(*point, 9)
    values = pa.array([parse_point(f"{point[0]},{point[1]}"), None, "no point"])
    for level in LEVELS:
        parent = h3.cell_to_parent(finest, int(level[-1]))
        assert released(ladder, values, level) == [parent, None, "*"]
        assert ladder.levels_with(parent) == (level,)


def test_each_level_costs_the_same(leaves):
    ladder = build_ladder("point")
    assert [max(leaves(ladder, pa.array([ZOCALO]), level).values()) for level in LEVELS] == [
        *range(1, 8),
    ]
    assert ladder.climb(pa.array([ZOCALO])).domain == 8


@pytest.mark.parametrize("form", ["", "zz", "rest of", "CA", "821c07fffffffff", "8a1fb46622dffff"])
def test_other_forms_stand_on_no_level(form):
    assert build_ladder("point").levels_with(form) == ()
    assert build_ladder("point", min_population=9).levels_with(form) == ()


def test_without_a_floor_nothing_is_pooled():
    ladder = build_ladder("point")
    cell = h3.latlng_to_cell(30.27, -97.74, 6)
    assert ladder.levels_with(f"rest of {cell}") == ()
    assert ladder.levels_with("*") == ladder.levels


def test_with_a_floor_a_city_is_named_more_finely_than_the_country(released):
    ladder = build_ladder("point", min_population=20_000)
    values = pa.array([AUSTIN, ZOCALO, VADUZ, SEA])
    austin, zocalo, *nowhere = released(ladder, values, "h3-9")
    assert resolution(austin) == resolution(zocalo) == 6
    assert nowhere == ["*", "*"]
    assert released(ladder, values, "h3-3")[:2] == [
        h3.latlng_to_cell(30.27, -97.74, 3),
        h3.latlng_to_cell(19.4326, -99.1332, 3),
    ]


def test_a_larger_floor_names_larger_cells(released):
    values = pa.array([AUSTIN])
    sizes = [
        resolution(released(build_ladder("point", min_population=floor), values, "h3-9")[0])
        for floor in (2_000, 20_000, 100_000, 900_000)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


def test_every_form_is_found_on_its_levels(released):
    ladder = build_ladder("point", min_population=20_000)
    values = pa.array([AUSTIN, ZOCALO, EL_PASO, LAREDO, NUEVO_LAREDO, "1.35,103.82"])
    for level in LEVELS:
        for form in released(ladder, values, level):
            assert level in ladder.levels_with(form)
    assert ladder.levels_with(h3.latlng_to_cell(31.0, -104.0, 6)) == ()


def test_a_cell_on_a_border_counts_the_side_with_fewer_people():
    cell = h3.cell_to_parent(h3.latlng_to_cell(31.74, -106.48, 9), 4)
    people = people_in(cell)
    assert set(people) == {"US", "MX"}
    assert covered([people]) == min(people.values())


def test_people_across_a_border_do_not_make_a_place_large_enough(released):
    cell = h3.cell_to_parent(h3.latlng_to_cell(27.5, -99.5, 9), 3)
    people = people_in(cell)
    floor = min(people.values()) + 1
    assert sum(people.values()) > floor
    ladder = build_ladder("point", min_population=floor)
    assert released(ladder, pa.array([LAREDO]), "h3-3") == ["*"]


def test_a_city_is_spread_and_never_credited_with_more_than_it_has():
    city = City(19.43, -99.13, 9_000_000, "MX")
    assert city.radius_km(LOOSE) > city.radius_km(DENSE)
    assert sum(spread(city, DENSE).values()) == points_of(city)
    assert len(spread(city, LOOSE)) > len(spread(city, DENSE))
    centre = h3.latlng_to_cell(19.4326, -99.1332, 7)
    assert 0 < people_in(centre)["MX"] < 100_000  # 5 km² of a city of millions


def test_a_district_is_not_counted_beside_its_city():
    # GeoNames lists Brooklyn, Queens, Manhattan and the Bronx beside New York City.
    cell = h3.latlng_to_cell(40.71, -74.0, 3)
    listed = [
        city["population"]
        for city in geonames().get_cities().values()
        if h3.latlng_to_cell(city["latitude"], city["longitude"], 3) == cell
    ]
    assert people_in(cell)["US"] < 12_000_000
    assert sum(listed) > 18_000_000  # the control


def test_cells_too_small_for_a_city_hold_nobody_for_certain():
    assert people_in(h3.latlng_to_cell(19.4326, -99.1332, 8)) == {}
