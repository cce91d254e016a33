"""Somebody looks a released place up in the census, and visits the few people who live there.

They know which places are named, so what isn't named tells by subtraction: a "rest" is the state
less the places that other people's rows name.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from anonymizers.ladders.base import TOP
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.ladders.cities import city_table
from anonymizers.ladders.geonames import geonames
from anonymizers.ladders.places import pooled
from anonymizers.ladders.postcodes import postcode_table
from anonymizers.models import Model
from tests.small_tables import People, texts

FLOOR = 20_000
NO_NUMBERS = {"GU", "VI", "AS", "MP"}  # the census counts no people of their ZIP codes


@pytest.fixture(scope="module")
def people():
    """Generated people in any inhabited ZIP code, several in each that is drawn."""
    table, rng = postcode_table(), np.random.default_rng(8)
    inhabited = [line[0] for line, n in zip(table.lines, table.people, strict=True) if n]
    sparse = [zip5 for zip5 in inhabited if zip5[:3] in {"059", "821", "692", "893", "036"}]
    drawn = [*rng.choice(inhabited, 600), *rng.choice(sparse, 60)]
    return [str(zip5) for zip5 in drawn for _ in range(3)]


def candidates(released, level, named):
    """Return how many people live where a row says, given everything the ladder would name.

    The attacker has the same table, and a value that isn't named by itself lies in what is left
    of the place above.
    """
    table = postcode_table()
    inside = defaultdict(int)
    for line, count in zip(table.lines, table.people, strict=True):
        inside[named[line[0]]] += count
    return {form: inside[form] for form in set(released)}


def release(people, min_population, level):
    ladder = build_ladder("us-postcode", min_population=min_population)
    files = People({"zip": texts(people)}, {"zip": ladder}, limits={"zip": (level, level)})
    rows = files.release(Model(2, max_suppressed_share=0.0)).table["zip"].to_pylist()
    every = [line[0] for line in postcode_table().lines]
    rung = ladder.climb(texts(every)).rung(level)
    named = {zip5: rung.forms[code] for zip5, code in zip(every, rung.codes, strict=True)}
    return candidates(rows, level, named)


@pytest.mark.parametrize("level", ["zip5", "zip3", "us-state"])
def test_nobody_is_found_among_fewer_people_than_the_floor(people, level):
    found = release(people, FLOOR, level)
    assert len(found) > 40
    assert min(n for form, n in found.items() if form not in NO_NUMBERS) >= FLOOR


@pytest.mark.parametrize("level", ["zip5", "zip3"])
def test_without_a_floor_classes_of_k_live_among_a_few(people, level):
    found = release(people, None, level)  # the control: k alone
    assert min(found.values()) < 10_000


def fewest_behind_a_form(table):
    """Return the fewest people of listed cities behind a form: unlisted towns leave as `*`."""
    inside = defaultdict(int)
    for forms, count in zip(pooled(table, FLOOR), table.people, strict=True):
        for form in set(forms) - {TOP}:
            inside[form] += count
    return min(inside.values())


def test_a_country_of_unlisted_towns_does_not_hide_who_lives_in_its_one_city():
    assert fewest_behind_a_form(city_table()) >= FLOOR


def test_control_with_all_of_a_country_s_people_one_small_city_is_named_by_it():
    countries = geonames().get_countries()
    stated = {code: country["population"] for code, country in countries.items()}
    assert fewest_behind_a_form(replace(city_table(), stated=stated)) < 1_000
