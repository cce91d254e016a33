"""Any table of places, any floor: every form, and every rest by subtraction, has enough people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.ladders.base import TOP, check_refines
from anonymizers.ladders.catalogue import PLACES, build_ladder
from anonymizers.ladders.cities import city_table
from anonymizers.ladders.geonames import geonames
from anonymizers.ladders.places import PlaceLadder, PlaceTable, Source, pooled
from anonymizers.ladders.points import parse_point
from anonymizers.ladders.pooling import covered
from anonymizers.ladders.postcodes import postcode_table
from anonymizers.ladders.settled import people_in


@st.composite
def tables(draw):
    """Villages in districts in lands.

    A land has more people than its villages have, or villages lie in larger ones anywhere.
    """
    districts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    villages = draw(st.lists(st.integers(0, len(districts) - 1), min_size=1, max_size=14))
    lines = [(f"v{n}", f"d{d}", f"l{districts[d]}") for n, d in enumerate(villages)]
    people = draw(st.lists(st.integers(0, 60), min_size=len(lines), max_size=len(lines)))
    stated, around = {}, {}
    if draw(st.booleans()):
        lands = st.sampled_from(["l0", "l1", "d0", "d1"])
        stated = draw(st.dictionaries(lands, st.integers(0, 150)))
    else:
        villages = range(len(lines))
        pairs = draw(st.sets(st.tuples(st.sampled_from(villages), st.sampled_from(villages))))
        for one, other in pairs:
            if (-people[other], other) < (-people[one], one):
                around[one] = around.get(one, frozenset()) | {other}
    places = {line[0]: number for number, line in enumerate(lines)}
    levels = ("village", "district", "land")
    source = Source("made up", "now")
    return PlaceTable("own", levels, lines, people, stated, places.get, source, lambda: around)


def live_in(table, level, places):
    """Count the people of some places of a level the slow way, none for the second time."""
    if table.stated:
        people = populations(table, level)
        return sum(people[place] for place in places)
    inside = {n for n, line in enumerate(table.lines) if line[level] in places}
    around = table.around()
    return sum(table.people[n] for n in inside if not around.get(n, frozenset()) & inside)


def populations(table, level):
    """Count the people of every place of a level the slow way."""
    if level == 0:
        return {line[0]: people for line, people in zip(table.lines, table.people, strict=True)}
    below, found = populations(table, level - 1), defaultdict(int)
    for place in {line[level - 1] for line in table.lines}:
        (parent,) = {line[level] for line in table.lines if line[level - 1] == place}
        found[parent] += below[place]
    return {place: max(n, table.stated.get(place, 0)) for place, n in found.items()}


def forms_of(table, ladder, level):
    """Return for each place of a level the form in which it is released."""
    climb = ladder.climb(pa.array([line[0] for line in table.lines]))
    rung = climb.rung(table.levels[level])
    return {
        line[level]: rung.forms[code] for line, code in zip(table.lines, rung.codes, strict=True)
    }


def keeps_floor(table, ladder, level, form, floor):
    """Whether a form has the floor: its places have, or it is all of a form above that has."""
    shown = forms_of(table, ladder, level)
    places = {place for place, found in shown.items() if found == form}
    if live_in(table, level, places) >= floor:
        return True
    if level + 1 == len(table.levels):
        return form == TOP and set(shown.values()) == {TOP}  # everything there is
    parents = {line[level + 1] for line in table.lines if line[level] in places}
    above = forms_of(table, ladder, level + 1)
    (wider,) = {above[parent] for parent in parents}
    inside = {line[level] for line in table.lines if above[line[level + 1]] == wider}
    return wider == form and inside == places and keeps_floor(table, ladder, level + 1, form, floor)


@given(tables(), st.integers(1, 120))
def test_every_form_covers_the_floor_and_names_nobody_smaller(table, floor):
    ladder = PlaceLadder(table, floor)
    for level in range(len(table.levels)):
        shown = forms_of(table, ladder, level)
        for place, form in shown.items():
            assert keeps_floor(table, ladder, level, form, floor)
            if form in shown:  # a place of this level by its own name
                assert form == place
                assert live_in(table, level, {form}) >= floor


@given(tables(), st.integers(1, 120))
def test_pooled_places_refine_and_stand_where_they_are_said_to(table, floor):
    ladder = PlaceLadder(table, floor)
    values = pa.array([*(line[0] for line in table.lines), "unlisted", None])
    climb = ladder.climb(values)
    check_refines("own", climb.rungs, values)
    for rung in climb.rungs:
        assert "unlisted" not in rung.forms
        assert rung.forms[rung.codes[-2]] == TOP
        for form in set(rung.forms) - {None}:
            assert rung.level in ladder.levels_with(form)


POINTS = [f"{c['latitude']},{c['longitude']}" for c in geonames().get_cities().values()]


@given(st.lists(st.sampled_from(POINTS[::97]), min_size=1, max_size=4), st.integers(1, 300_000))
def test_every_named_cell_has_the_floor_on_every_side_of_a_border(points, floor):
    ladder = build_ladder("point", min_population=floor)
    values = pa.array(sorted({parse_point(point) for point in points}))
    climb = ladder.climb(values)
    check_refines("point", climb.rungs, values)
    for rung in climb.rungs[:-1]:
        for form in rung.forms:
            assert rung.level in ladder.levels_with(form)
            if form != TOP and not form.startswith("rest of "):
                assert covered([people_in(form)]) >= floor


@pytest.fixture(scope="module")
def in_larger():
    """Say for each real city in which larger ones' disks it lies, city by city.

    Everything is computed here again, from the package's own entries: disks of 1,500 people to a
    square kilometre, distances by haversine.
    """
    cities = geonames().get_cities().values()
    keys = ("latitude", "longitude", "population")
    north, east, people = (np.array([city[key] for city in cities]) for key in keys)
    north, east, radius = np.radians(north), np.radians(east), np.sqrt(people / 1_500 / np.pi)
    codes, found = np.array([city["countrycode"] for city in cities]), {}
    for code in set(codes.tolist()):
        country = np.flatnonzero(codes == code)
        for number in country:
            half = np.sin((north[country] - north[number]) / 2) ** 2
            turned = np.sin((east[country] - east[number]) / 2) ** 2
            half += np.cos(north[number]) * np.cos(north[country]) * turned
            larger = people[country] > people[number]
            larger |= (people[country] == people[number]) & (country < number)
            in_disk = 2 * 6371 * np.arcsin(np.sqrt(half)) < radius[country]
            found[number] = set(country[larger & in_disk].tolist())
    return people, found


def fewest_behind_forms(table, floor, in_larger):
    """Return for each form of the real cities how many live behind it, nobody twice."""
    people, larger = in_larger
    members = defaultdict(set)
    for number, forms in enumerate(pooled(table, floor)):
        for level, form in enumerate(forms):
            if form != TOP:
                members[level, form].add(number)
    return {
        form: int(sum(people[n] for n in inside if not larger[n] & inside))
        for form, inside in members.items()
    }


@pytest.mark.parametrize("floor", [20_000, 50_000, 100_000])
def test_the_real_cities_keep_the_floor_with_nobody_counted_twice(floor, in_larger):
    people = fewest_behind_forms(city_table(), floor, in_larger)
    assert len(people) > 5_000
    assert {form: n for form, n in people.items() if n < floor} == {}


def test_control_with_districts_added_to_their_cities_a_town_listed_twice_has_the_floor(in_larger):
    people = fewest_behind_forms(replace(city_table(), around=dict), 20_000, in_larger)
    assert people[1, "MN.18"] == 16_953
    assert people[1, "GU.TM"] == 19_685


UNLISTED = st.text(min_size=1).filter(lambda text: not text.strip().isascii() or "?" in text)


@given(st.sampled_from(PLACES), st.lists(UNLISTED.map(lambda text: text + "?"), max_size=5))
def test_what_is_unlisted_is_in_no_form(name, texts):
    climb = build_ladder(name, min_population=20_000).climb(pa.array(texts, pa.string()))
    assert {form for rung in climb.rungs for form in rung.forms} <= {TOP}


@pytest.mark.parametrize("floor", [20_000, 100_000])
def test_the_real_postcodes_keep_the_floor(floor):
    table = postcode_table()
    ladder = PlaceLadder(table, floor)
    for level in range(len(table.levels)):
        counted = defaultdict(int)
        own = populations_of_prefixes(table, level)
        for place, form in forms_of(table, ladder, level).items():
            counted[form] += own[place]
        assert {f for f, people in counted.items() if people < floor} <= {"GU", "VI", TOP}


def populations_of_prefixes(table, level):
    found = defaultdict(int)
    for line, people in zip(table.lines, table.people, strict=True):
        found[line[level]] += people
    if level == 2:
        found |= {state: max(n, table.stated[state]) for state, n in found.items()}
    return found
