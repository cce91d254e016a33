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
