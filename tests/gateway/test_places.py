"""Places through the whole gateway: load, lint, plan, corridor, filters, manifest, recount."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

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
NUMBERS = count(1)
MANIFEST_TABLES = {"zip": "2018-2022", "county": "2020-07-01", "city": "2026-07"}


def as_csv(*groups):
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("person_id", *NAMES))
    people = [place for place, number in groups for _ in range(number)]
    lines.writerows((f"p{number}", *place) for number, place in enumerate(people))
    return out.getvalue()


@dataclass(frozen=True)
class Stays:
    """A home with stays of generated people, and the report of their load."""

    world: Any
    report: dict[str, Any]

    def newcomer(self):
        """Add a partner that has asked for nothing yet: a second view waits for an officer."""
        agreement = {"dataset": "stays", "policy": "places", "purposes": ["research"]}
        return self.world.partner(f"newcomer-{next(NUMBERS)}", agreement=agreement)

    def rows(self, **changes):
        return self.world.rows(self.newcomer(), dataset="stays", **changes)


@pytest.fixture(scope="module")
def stays(shared):
    shared.declare(DATASET)
    shared.apply(POLICY)
    file = shared.folder / "stays.csv"
    bad = (*AUSTIN[:3], "30,27;97,74", "US")
    file.write_text(as_csv((AUSTIN, 5), (ISLAND_POND, 4), (NOWHERE, 3), (bad, 2)))
    return Stays(shared, shared.load_file(file, dataset="stays"))


def test_places_leave_named_pooled_or_not_at_all(stays):
    found = Counter(tuple(row[name] for name in NAMES) for row in stays.rows())
    austin = h3.latlng_to_cell(30.27, -97.74, 6)
    assert found == {
        ("787", "Travis County (TX)", "Austin (US-TX)", austin, "US"): 5,
        ("058", "rest of VT", "Burlington (US-VT)", "*", "US"): 4,
        ("*", "*", "*", None, "*"): 3,
    }


def test_what_is_in_no_table_is_counted_when_it_is_loaded(stays):
    warned = stays.report["warnings"]
    unknown = {p["column"]: (p["kind"], p["count"]) for p in warned}
    assert unknown == {
        "zip": ("unknown-postcode", 3),
        "county": ("unknown-place", 3),
        "city": ("unknown-place", 3),
        "country": ("unknown-region", 3),
    }


def test_a_bad_point_refuses_its_record_and_is_counted(stays):
    (problem,) = stays.report["refused"]
    assert (problem["kind"], problem["count"]) == ("not-a-point", 2)
    assert stays.report["accepted"] == 12


def test_the_manifest_and_the_codebook_name_the_population_table(stays):
    world, partner = stays.world, stays.newcomer()
    made = world.extract(partner, dataset="stays")
    manifest = json.loads(manifest_bytes(world.context, partner, made.release_id))
    columns = {column["name"]: column["parameters"] for column in manifest["columns"]}
    for name, as_of in MANIFEST_TABLES.items():
        assert columns[name]["min_population"] == 20_000
        assert columns[name]["population_table"]["as_of"].startswith(as_of)
    assert "Census Bureau" in columns["zip"]["population_table"]["source"]
    assert "min_population" not in columns["country"]
    book = world.codebook(partner, made.id).decode()
    assert "coarsened to zip3; places of at least 20,000 people, the rest together" in book


@pytest.mark.parametrize(
    ("column", "form", "left"),
    [
        ("zip", "VT", 4),
        ("county", "rest of VT", 4),
        ("city", "US", 9),
        ("met_at", h3.latlng_to_cell(30.27, -97.74, 6), 5),
    ],
)
def test_conditions_name_what_may_be_released(stays, column, form, left):
    assert len(stays.rows(where=[{"column": column, "in": [form]}])) == left


@pytest.mark.parametrize(
    ("column", "form"),
    [("zip", "059"), ("zip", "78701"), ("county", "Essex County (VT)"), ("zip", "*")],
)
def test_conditions_cannot_name_a_place_with_few_people(stays, column, form):
    with pytest.raises(RefusedError) as refused:
        stays.world.ask(stays.newcomer(), dataset="stays", where=[{"column": column, "in": [form]}])
    assert refused.value.reasons[0].rule in ("where-unknown-value", "where-finer-than-floor")


def test_an_officer_sees_how_many_cells_are_left_unsaid(stays):
    document, audience = parse_policy(POLICY), Audience(stays.newcomer())
    seen = preview_policy(stays.world.context, document, audience, 3, lambda _t, _s: None)
    unsaid = {column["name"]: column.get("suppressed_cells") for column in seen["columns"]}
    assert unsaid == {"zip": 3, "county": 3, "city": 3, "met_at": 4, "country": 3}
