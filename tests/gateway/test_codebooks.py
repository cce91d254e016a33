from __future__ import annotations

import csv
import json

from gateway.releases import manifest_bytes
from tests.small_homes import people


def codebook(world, partner, extract_id):
    text = world.codebook(partner, extract_id).decode()
    return {row["column"]: row for row in csv.DictReader(text.splitlines())}


def test_a_codebook_says_of_each_column_what_was_done_to_it(shared, partner):
    made = shared.extract(partner)
    rows = codebook(shared, partner, made.id)
    assert list(rows) == list(shared.table(partner, made.id).column_names)
    assert rows["person_id"]["released_as"] == "token for person, the same within 2026"
    assert rows["age"]["released_as"] == "coarsened to 5-years"
    assert rows["age"]["level"] == "5-years"
    assert rows["harm"]["released_as"] == "kept as it is"
    assert rows["harm"]["values"] == "Labour; Sexual; Marriage; other"
    assert rows["harm"]["protection"] == "sensitive attribute"


def test_a_column_that_had_to_become_a_star_says_so(world):
    world.apply(k="k: 3, l: {harm: 2} -> k: 40, l: {}", minors="k: 5} -> k: 40}")
    world.load(people(41, 45, state="TX"))  # too many to leave out, in another region
    made = world.extract("harbor")
    rows = codebook(world, "harbor", made.id)
    released = world.table("harbor", made.id).to_pylist()
    assert rows["state"]["released_as"] == "left out (*)"
    assert {row["state"] for row in released} == {"*"}


def test_the_manifest_tells_the_same_as_the_codebook(shared, partner):
    made = shared.extract(partner)
    rows = codebook(shared, partner, made.id)
    manifest = json.loads(manifest_bytes(shared.context, partner, made.release_id))
    assert {column["name"]: column["level"] or "" for column in manifest["columns"]} == {
        name: row["level"] for name, row in rows.items()
    }
    quasi = {column["name"] for column in manifest["columns"] if column["quasi_identifier"]}
    assert quasi == {"reported_on", "age", "state"}


def test_with_local_recoding_a_column_names_all_levels_it_stands_on(world):
    world.apply(recoding="max_suppressed: 0.1 -> max_suppressed: 0, recoding: local")
    world.load(people(43, 45, state="TX"))
    made = world.extract("harbor")
    rows = codebook(world, "harbor", made.id)
    assert rows["state"]["level"] == "us-state"
    assert rows["reported_on"]["level"] == "month; quarter"
    assert (
        rows["reported_on"]["released_as"] == "coarsened class by class, to one of: month; quarter"
    )
    forms = {row["reported_on"] for row in world.table("harbor", made.id).to_pylist()}
    assert forms == {"2026-01", "2026-02", "2026-Q1"}
    manifest = json.loads(manifest_bytes(world.context, "harbor", made.release_id))
    assert {column["name"]: column["level"] or "" for column in manifest["columns"]} == {
        name: row["level"] for name, row in rows.items()
    }


def test_what_is_filled_is_said_of_its_column(world):
    world.apply(filled="minors: {column: age -> fill: [note]\n  minors: {column: age")
    made = world.extract("lantern")
    book = {
        row.split(",")[0]: row for row in world.codebook("lantern", made.id).decode().split("\n")
    }
    assert "other records agree on" in book["note"]
    assert "other records agree on" not in book["harm"]
    unfilled = world.extract("harbor", fill=[])
    assert b"other records agree on" not in world.codebook("harbor", unfilled.id)
