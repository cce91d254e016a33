"""US postcodes and counties: what the tables say, how places are found, what the floor does."""

import pyarrow as pa
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.ladders.counties import county_table
from anonymizers.ladders.postcodes import postcode_table
from anonymizers.ladders.regions import state_people

# Computed by others from the 2010 census: ZIP3s of 20,000 people or fewer.
SPARSE_IN_2010 = {
    *("036", "059", "102", "203", "205", "369", "556", "692", "821", "823", "878", "879"),
    *("884", "893"),
}


@pytest.fixture(scope="module")
def zips():
    return build_ladder("us-postcode")


@pytest.fixture(scope="module")
def counties():
    return build_ladder("us-county")


def test_a_zip_code_climbs_to_its_prefix_and_state(released, zips):
    values = pa.array(["02139", "78701-1234", " 78701", "00501", None])
    assert zips.levels == ("zip5", "zip3", "us-state", "*")
    assert released(zips, values, "zip5") == ["02139", "78701", "78701", "00501", None]
    assert released(zips, values, "zip3") == ["021", "787", "787", "005", None]
    assert released(zips, values, "us-state") == ["MA", "TX", "TX", "NY", None]


@pytest.mark.parametrize("text", ["2139", "021390", "99999", "0213O", "02139-12", "", "AE 09012"])
def test_what_is_no_listed_zip_code_is_suppressed_on_every_level(released, zips, text):
    assert not zips.knows(text)
    for level in zips.levels:
        assert released(zips, pa.array([text, "02139"]), level)[0] == "*"


def test_a_zip3_across_a_border_is_of_the_state_its_table_gives(released, zips):
    # Fishers Island is New York's, and served from Connecticut.
    assert released(zips, pa.array(["06390", "06320"]), "us-state") == ["CT", "CT"]


def test_the_tables_add_up_to_the_published_totals():
    states = state_people()
    territories = {"PR", "AS", "GU", "MP", "VI", "UM"}
    mainland = sum(people for state, people in states.items() if state not in territories)
    assert mainland == 329_484_123
    zips = postcode_table()
    in_puerto_rico = sum(
        people for line, people in zip(zips.lines, zips.people, strict=True) if line[-1] == "PR"
    )
    assert in_puerto_rico == states["PR"] == 3_272_382
    counties = county_table()
    in_texas = sum(
        people
        for line, people in zip(counties.lines, counties.people, strict=True)
        if line[-1] == "TX"
    )
    assert in_texas == states["TX"] == 29_360_759


def test_sparse_prefixes_are_no_longer_named_with_a_floor(zips):
    pooled = build_ladder("us-postcode", min_population=20_001)
    assert all(zips.levels_with(prefix) == ("zip3",) for prefix in SPARSE_IN_2010 - {"102", "369"})
    unnamed = {prefix for prefix in SPARSE_IN_2010 if not pooled.levels_with(prefix)}
    assert SPARSE_IN_2010 - unnamed == {"203"} - unnamed
    assert pooled.levels_with("021") == ("zip3",)
    assert pooled.levels_with("rest of VT") == ("zip5", "zip3")
    assert pooled.levels_with("787") == ("zip3",)
    assert "zip5" in pooled.levels_with("rest of 787")


def test_an_island_area_without_numbers_for_its_zip_codes_is_named_as_a_whole(released):
    pooled = build_ladder("us-postcode", min_population=20_000)
    for level in pooled.levels[:-1]:
        assert released(pooled, pa.array(["96910", "00802"]), level) == ["GU", "VI"]


@pytest.mark.parametrize(
    ("text", "county"),
    [
        ("48453", "Travis County (TX)"),
        ("Travis County, TX", "Travis County (TX)"),
        ("travis, texas", "Travis County (TX)"),
        ("Travis County (TX)", "Travis County (TX)"),
        ("Los Angeles County", "Los Angeles County (CA)"),
        ("Dona Ana, NM", "Doña Ana County (NM)"),
        ("Orleans Parish, Luisiana", "Orleans Parish (LA)"),
        ("Richmond, VA", "*"),
        ("Richmond city, VA", "Richmond city (VA)"),
        ("Washington County", "*"),
        ("Travis, CA", "*"),
        ("Travis, Narnia", "*"),
        ("8453", "*"),
        (",", "*"),
        ("", "*"),
    ],
)
def test_a_county_is_found_by_code_and_by_name_with_its_state(released, counties, text, county):
    assert released(counties, pa.array([text]), "county") == [county]
    assert counties.knows(text) is (county != "*")


def test_counties_of_few_people_are_the_rest_of_their_state(released):
    pooled = build_ladder("us-county", min_population=20_000)
    values = pa.array(["Loving, TX", "Travis, TX", "72001", "15005", "Kent, DE"])
    assert released(pooled, values, "county") == [
        *("rest of TX", "Travis County (TX)", "PR", "rest of HI", "Kent County (DE)"),
    ]
    assert released(pooled, values, "us-state") == ["TX", "TX", "PR", "HI", "DE"]
