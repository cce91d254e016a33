import pyarrow as pa
import pycountry
import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import PLACES, build_ladder
from anonymizers.ladders.spellings import unambiguous


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
        *("CA", "NY", "DC", "PR", "GU", "*", None, "TX"),
    ]
    assert released(states, values, "us-region") == [
        *("West", "Northeast", "South", "Island Areas", "Island Areas", "*", None, "South"),
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
        *("US", "US", "MX", "TR", "NA", "AQ", "TW", "RU", "*", None),
    ]
    assert released(countries, values, "un-region") == [
        *("Americas", "Americas", "Americas", "Asia", "Africa", "Antarctica", "Asia", "Europe"),
        *("*", None),
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
    assert released(countries, values, "country") == ["BO", "BO", "*", "DE", "*"]


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        *(("México", "MX"), ("mexico", "MX"), ("MEX", "MX"), ("484", "MX"), ("Meksyk", "MX")),
        *(("Estados Unidos", "US"), ("États-Unis", "US"), ("Alemania", "DE"), ("Allemagne", "DE")),
        *(("Brasil", "BR"), ("Reino Unido", "GB"), ("日本", "JP"), ("Côte d\u2019Ivoire", "CI")),
        *(("MY", "MY"), ("004", "AF"), ("4", "*"), ("Guyana ", "GY"), ("Korea", "*")),
    ],
)
def test_a_country_is_known_by_codes_and_in_several_languages(released, countries, spelling, code):
    assert released(countries, pa.array([spelling]), "country") == [code]
    assert countries.knows(spelling) is (code != "*")


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("US-CA", "CA"), ("california", "CA"), ("Californie", "CA"), ("Nueva York", "NY"), ("C", "*")],
)
def test_a_state_is_known_by_codes_and_in_several_languages(released, states, spelling, code):
    assert released(states, pa.array([spelling]), "us-state") == [code]


def test_what_two_places_are_called_is_the_name_of_none():
    spellings = [("Congo", "CG"), ("congo", "CD"), ("Níger", "NE"), ("Niger", "NE")]
    assert unambiguous(spellings) == {"niger": "NE"}


def test_a_suppressed_place_costs_as_much_as_everything(leaves, countries):
    assert leaves(countries, pa.array(["MX", "XK"]), "country") == {"MX": 1, "*": 249}


def test_states_of_few_people_are_pooled_with_their_neighbours(released, states):
    pooled = build_ladder("us-state", min_population=100_000)
    values = pa.array(["WY", "VI", "AS", "GU", "PR"])
    assert released(pooled, values, "us-state") == [
        *("WY", *["rest of Island Areas"] * 2, "GU", "PR"),
    ]
    assert pooled.levels_with("VI") == ()
    assert pooled.levels_with("rest of Island Areas") == ("us-state",)
    assert states.levels_with("rest of Island Areas") == ()


def test_small_countries_are_pooled_with_their_continent(released):
    pooled = build_ladder("country", min_population=20_000)
    assert released(pooled, pa.array(["VA", "LI", "AQ"]), "country") == [
        *("rest of Europe", "LI", "*"),
    ]


@pytest.mark.parametrize("name", PLACES)
def test_a_floor_that_nobody_could_miss_is_refused(name):
    with pytest.raises(LadderError, match=f"ladder {name} needs a min_population of at least 1"):
        build_ladder(name, min_population=0)


def test_only_places_have_a_population():
    with pytest.raises(LadderError, match="ladder age isn't of places"):
        build_ladder("age", bounds=(0, 120), min_population=20_000)


def test_a_form_has_its_level_whether_or_not_data_shows_it(states, countries):
    assert states.levels_with("CA") == ("us-state",)
    assert states.levels_with("ca") == ()
    assert countries.levels_with("Europe") == ("un-region",)
    assert countries.levels_with("Germany") == ()
    assert countries.levels_with("other") == ()
    assert countries.levels_with("*") == countries.levels


def test_a_form_leads_back_to_a_place_and_what_is_no_form_to_none(states):
    assert states.value_of("CA", "us-state") == "CA"
    assert states.level_of("West") == "us-region"
    assert states.value_of("West", "us-region") in {"AK", "CA", "HI"}
    assert states.value_of("zz", "us-state") is None
