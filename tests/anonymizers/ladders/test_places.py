from collections import Counter

import pyarrow as pa
import pycountry
import pytest

from anonymizers.ladders.catalogue import build_ladder


@pytest.fixture
def states():
    return build_ladder("us-state")


@pytest.fixture
def countries():
    return build_ladder("country")


def test_states_climb_to_census_regions(released, states):
    values = pa.array(["CA", " ny ", "DC", "PR", "GU", "XX", None, "Texas"])
    assert states.levels == ("us-state", "us-region", "*")
    assert released(states, values, "us-state") == [
        *("CA", "NY", "DC", "PR", "GU", "other", None, "other"),
    ]
    assert released(states, values, "us-region") == [
        *("West", "Northeast", "South", "Island Areas", "Island Areas", "other", None, "other"),
    ]


def test_census_regions_have_their_published_sizes(leaves, states):
    every = [s.code[3:] for s in pycountry.subdivisions.get(country_code="US")]
    assert leaves(states, pa.array(every), "us-region") == {
        "Northeast": 9,
        "Midwest": 12,
        "South": 17,
        "West": 13,
        "Island Areas": 6,
    }
    assert states.climb(pa.array(every)).domain == 57


def test_countries_climb_to_un_regions(released, countries):
    values = pa.array(["US", "usa", "Mexico", "TR", "NA", "AQ", "TW", "RU", "XK", None])
    assert countries.levels == ("country", "un-region", "*")
    assert released(countries, values, "country") == [
        *("US", "US", "MX", "TR", "NA", "AQ", "TW", "RU", "other", None),
    ]
    assert released(countries, values, "un-region") == [
        *("Americas", "Americas", "Americas", "Asia", "Africa", "Antarctica", "Asia", "Europe"),
        *("other", None),
    ]


def test_every_iso_country_has_a_region_and_no_other_code_has(released, leaves, countries):
    every = pa.array([country.alpha_2 for country in pycountry.countries])
    assert released(countries, every, "country") == every.to_pylist()
    assert leaves(countries, every, "un-region") == {
        "Africa": 60,
        "Americas": 57,
        "Antarctica": 1,
        "Asia": 51,
        "Europe": 51,
        "Oceania": 29,
    }
    assert countries.climb(every).domain == 249


def test_names_are_matched_whole_and_never_by_likeness(released, countries):
    values = pa.array(["Bolivia", "bolivia, plurinational state of", "Boliv", "Germany ", ""])
    assert released(countries, values, "country") == ["BO", "BO", "other", "DE", "other"]


def test_no_spelling_stands_for_two_countries():
    fields = ("alpha_2", "alpha_3", "name", "common_name", "official_name")
    spellings = Counter(
        spelling
        for country in pycountry.countries
        for spelling in {str(getattr(country, f)).casefold() for f in fields if hasattr(country, f)}
    )
    assert max(spellings.values()) == 1


def test_a_form_has_its_level_whether_or_not_data_shows_it(states, countries):
    assert states.levels_with("CA") == ("us-state",)
    assert states.levels_with("ca") == ()
    assert countries.levels_with("Europe") == ("un-region",)
    assert countries.levels_with("Germany") == ()
    assert countries.levels_with("other") == ("country", "un-region")
