"""Places through the whole gateway: load, lint, plan, corridor, filters, manifest, recount."""

from __future__ import annotations

import csv
import io
import json

import h3
import pytest

from gateway.errors import RefusedError
from gateway.previews import Audience, preview_policy
from gateway.releases import manifest_bytes
from policies.documents import parse_policy

DATASET = """
dataset: stays
privacy_unit: person_id
consent: assumed
consent_basis: generated people
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  zip:       {type: string, role: quasi_identifier, ladder: us-postcode}
  county:    {type: string, role: quasi_identifier, ladder: us-county}
  city:      {type: string, role: quasi_identifier, ladder: city}
  met_at:    {type: point,  role: quasi_identifier, ladder: point}
  country:   {type: string, role: quasi_identifier, ladder: country}
"""
POLICY = """
policy: places
dataset: stays
classes: [ngo]
purposes: [research]
extract:
  columns:
    zip:     {coarsen: {from: zip3, min_population: 20000}}
    county:  {coarsen: {from: county, min_population: 20000}}
    city:    {coarsen: {from: city, min_population: 20000}}
    met_at:  {coarsen: {from: h3-7, min_population: 20000}}
    country: {coarsen: {}}
  protect: {k: 3, max_suppressed: 0}
"""
AUSTIN = ("78701", "Travis, TX", "Austin, Texas", "30.27,-97.74", "USA")
ISLAND_POND = ("05846", "Essex County, VT", "Burlington, VT", "44.81,-71.88", "Estados Unidos")
NOWHERE = ("2139", "Richmond, VA", "Springfield", "", "Atlantis")
NAMES = ("zip", "county", "city", "met_at", "country")
MANIFEST_TABLES = {"zip": "2018-2022", "county": "2020-07-01", "city": "2026-07"}


def as_csv(*groups):
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("person_id", *NAMES))
    people = [place for place, count in groups for _ in range(count)]
    lines.writerows((f"p{number}", *place) for number, place in enumerate(people))
    return out.getvalue()


@pytest.fixture
def stays(world):
    world.declare(DATASET)
    world.apply(POLICY)
    agreement = {"dataset": "stays", "policy": "places", "purposes": ["research"]}
    world.partner("atlas", agreement=agreement)
    return world


@pytest.fixture
def load(stays):
    def load_groups(*groups):
        file = stays.folder / "stays.csv"
        file.write_text(as_csv(*groups), encoding="utf-8")
        return stays.load_file(file, dataset="stays")

    return load_groups


@pytest.fixture
def rows(stays):
    def pull(**changes):
        return stays.rows("atlas", dataset="stays", **changes)

    return pull


def test_places_leave_named_pooled_or_not_at_all(load, rows):
    load((AUSTIN, 5), (ISLAND_POND, 5), (NOWHERE, 5))
    found = {tuple(row[name] for name in NAMES) for row in rows()}
    austin = h3.latlng_to_cell(30.27, -97.74, 6)
    assert found == {
        ("787", "Travis County (TX)", "Austin (US-TX)", austin, "US"),
        ("058", "rest of VT", "Burlington (US-VT)", "*", "US"),
        ("*", "*", "*", None, "*"),
    }


def test_what_is_in_no_table_is_counted_when_it_is_loaded(load):
    report = load((AUSTIN, 2), (NOWHERE, 3))
    unknown = {p["column"]: p["count"] for p in report["warnings"] if p["kind"] == "unknown-place"}
    assert unknown == {"zip": 3, "county": 3, "city": 3, "country": 3}
    assert report["accepted"] == 5


def test_a_bad_point_refuses_its_record_and_is_counted(load):
    report = load((AUSTIN, 3), ((*AUSTIN[:3], "30,27;97,74", "US"), 2))
    (problem,) = report["refused"]
    assert (problem["kind"], problem["count"]) == ("not-a-point", 2)
    assert report["accepted"] == 3


def test_the_manifest_and_the_codebook_name_the_population_table(stays, load):
    load((AUSTIN, 5))
    made = stays.extract("atlas", dataset="stays")
    manifest = json.loads(manifest_bytes(stays.context, "atlas", made.release_id))
    columns = {column["name"]: column for column in manifest["columns"]}
    for name, as_of in MANIFEST_TABLES.items():
        assert columns[name]["min_population"] == 20_000
        assert columns[name]["population_table"]["as_of"].startswith(as_of)
    assert "Census Bureau" in columns["zip"]["population_table"]["source"]
    assert "min_population" not in columns["country"]
    book = stays.codebook("atlas", made.id).decode()
    assert "coarsened to zip3; places of at least 20,000 people, the rest together" in book


@pytest.mark.parametrize(
    ("column", "form", "left"),
    [
        ("zip", "787", 5),
        ("zip", "VT", 4),
        ("county", "rest of VT", 4),
        ("city", "Austin (US-TX)", 5),
        ("city", "US", 9),
        ("met_at", h3.latlng_to_cell(30.27, -97.74, 6), 5),
        ("country", "US", 9),
    ],
)
def test_conditions_name_what_may_be_released(load, rows, column, form, left):
    load((AUSTIN, 5), (ISLAND_POND, 4), (NOWHERE, 3))
    assert len(rows(where=[{"column": column, "in": [form]}])) == left


@pytest.mark.parametrize(
    ("column", "form"),
    [("zip", "059"), ("zip", "78701"), ("county", "Essex County (VT)"), ("zip", "*")],
)
def test_conditions_cannot_name_a_place_with_few_people(load, rows, column, form):
    load((AUSTIN, 5), (ISLAND_POND, 5))
    with pytest.raises(RefusedError) as refused:
        rows(where=[{"column": column, "in": [form]}])
    assert refused.value.reasons[0].rule in ("where-unknown-value", "where-finer-than-floor")


def test_an_officer_sees_how_many_cells_are_left_unsaid(stays, load):
    load((AUSTIN, 5), (NOWHERE, 4))
    seen = preview_policy(
        stays.context, parse_policy(POLICY), Audience("atlas"), 3, lambda _t, _s: None
    )
    unsaid = {column["name"]: column.get("suppressed_cells") for column in seen["columns"]}
    assert unsaid == {"zip": 4, "county": 4, "city": 4, "met_at": None, "country": 4}


def test_a_column_of_unlisted_places_alone_is_a_star(stays, load, rows):
    load((NOWHERE, 4))
    assert {row["zip"] for row in rows()} == {"*"}
