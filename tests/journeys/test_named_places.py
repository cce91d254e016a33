"""Places over HTTP: which are named, which are told together, and which aren't told at all.

Who lives where is a fact of the world, not of Weir's tables alone: about a thousand people in ZIP3
059, about 16,000 in Rutland, nobody in the middle of the Atlantic; far more than 20,000 in Austin,
Houston and Burlington.
"""

from __future__ import annotations

from collections import Counter

import h3
import pytest
import yaml

from gateway.client import WeirRequestError
from tests.journeys.operators import codebook_of, columns_of, rows_of

K, FLOOR = 4, 20_000
DATASET = yaml.safe_load("""
dataset: shelters
privacy_unit: person_id
consent: assumed
consent_basis: generated people
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  zip:       {type: string, role: quasi_identifier, ladder: us-postcode}
  city:      {type: string, role: quasi_identifier, ladder: city}
  met_at:    {type: point,  role: quasi_identifier, ladder: point}
""")
POLICY = {
    "policy": "places",
    "dataset": "shelters",
    "classes": ["ngo"],
    "purposes": ["research"],
    "extract": {
        "columns": {
            "person_id": "pseudonymize",
            "zip": {"coarsen": {"from": "zip3", "min_population": FLOOR}},
            "city": {"coarsen": {"from": "city", "min_population": FLOOR}},
            "met_at": {"coarsen": {"from": "h3-7", "min_population": FLOOR}},
        },
        "protect": {"k": K, "max_suppressed": 0},
    },
}
AUSTIN = ("78701", "Austin, TX", "30.2700,-97.7400")
HOUSTON = ("77002", "Houston, Texas", "29.7600,-95.3700")
BURLINGTON = ("05401", "Burlington, VT", "44.4760,-73.2120")
CANAAN = ("05903", "Rutland, VT", "45.0000,-71.5400")
AT_SEA = ("00000", "Rutland Weekend", "35.0000,-50.0000")
STAYS = {AUSTIN: 9, HOUSTON: 8, BURLINGTON: 7, CANAAN: 6, AT_SEA: 5}


def stays():
    """Return generated people in these places; no two of a place met at the same spot."""
    people = [place for place, number in STAYS.items() for _ in range(number)]
    for number, (postcode, city, point) in enumerate(people):
        spot = f"{point[:-1]}{number % 10}"
        yield {"person_id": f"GEN-P{number}", "zip": postcode, "city": city, "met_at": spot}


@pytest.fixture(scope="module")
def pulled(operator):
    operator.declare(DATASET)
    operator.load("shelters", list(stays()))
    operator.permit(POLICY)
    return operator.pull("places", "shelters")


@pytest.fixture(scope="module")
def rows(pulled):
    return rows_of(pulled)


SHOWN = ("zip", "city", "met_at")


def cell(place, resolution):
    """Return the cell of a place, as anybody finds it: the finest one's parent."""
    latitude, longitude = map(float, place[2].split(","))
    return h3.cell_to_parent(h3.latlng_to_cell(latitude, longitude, 9), resolution)


def test_the_file_verifies_and_every_class_has_its_people(operator, pulled, rows):
    assert operator.verify(pulled.files.file) == 0
    assert len(rows) == sum(STAYS.values())
    assert min(Counter(tuple(row[name] for name in SHOWN) for row in rows).values()) >= K


def test_places_with_enough_people_are_named(rows):
    found = Counter((row["zip"], row["city"]) for row in rows)
    assert found["787", "Austin (US-TX)"] == STAYS[AUSTIN]
    assert found["770", "Houston (US-TX)"] == STAYS[HOUSTON]
    assert found["054", "Burlington (US-VT)"] == STAYS[BURLINGTON]


def test_small_places_are_told_with_others_and_nowhere_is_not_told(rows):
    found = Counter((row["zip"], row["city"]) for row in rows)
    assert found["rest of VT", "rest of US-VT"] == STAYS[CANAAN]
    assert found["*", "*"] == STAYS[AT_SEA]


def test_points_leave_as_cells_that_hold_them_larger_where_few_live(rows):
    cells = {row["zip"]: row["met_at"] for row in rows}
    resolutions = {zip3: h3.get_resolution(cells[zip3]) for zip3 in ("787", "770", "054")}
    for zip3, place in (("787", AUSTIN), ("770", HOUSTON), ("054", BURLINGTON)):
        assert cells[zip3] == cell(place, resolutions[zip3])
    assert resolutions["054"] < resolutions["770"] <= 7
    assert cells["*"] == "*"
    assert cells["rest of VT"] in ("*", *(f"rest of {cell(CANAAN, r)}" for r in range(3, 7)))


@pytest.mark.parametrize(
    ("name", "year"), [("zip", "2018-2022"), ("city", "2026-07"), ("met_at", "2026-07")]
)
def test_codebook_and_manifest_say_by_which_table(pulled, name, year):
    told, said = codebook_of(pulled)[name], columns_of(pulled)[name]["parameters"]
    assert "places of at least 20,000 people, the rest together" in told["released_as"]
    assert "`rest of` the larger place around them" in told["released_as"]
    assert told["values"].endswith("or too few people live there")
    assert said["min_population"] == FLOOR
    assert said["population_table"]["as_of"].startswith(year)
    assert said["population_table"]["source"]


@pytest.mark.parametrize("asked", ["zip in 059", "zip in 78701", "city in Rutland (US-VT)"])
def test_no_condition_names_a_small_place(operator, pulled, asked):
    with pytest.raises(WeirRequestError) as refused:
        operator.pull("places", "shelters", name="small.csv", where=[asked])
    rules = {reason.rule for reason in refused.value.reasons}
    assert rules <= {"where-unknown-value", "where-finer-than-floor"}


def test_the_operator_reads_what_no_table_lists(operator, pulled):
    (report,) = operator.reports.values()
    unknown = {said["column"]: said["count"] for said in report["warnings"]}
    assert unknown == dict.fromkeys(("zip", "city"), STAYS[AT_SEA])
    file = operator.folder / "places.yaml"
    seen, _ = operator.says("policy", "preview", file, "--partner", "lab-places", "--rows", "0")
    assert f"{STAYS[AT_SEA]} of them as *" in seen
