"""Cells with several codes on their way out: split, grouped or counted, in every format."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from gateway.errors import ExtractFailedError
from gateway.previews import Audience, preview_policy
from gateway.release_parts import Releaser
from gateway.releases import manifest_bytes
from policies.documents import parse_policy
from tests.small_homes import DATASET, POLICY, changed, person

SPLIT = ["controls_Debt", "controls_Threats", "controls_Papers", "controls_other"]
TREE = "Debt;Money\nThreats;Fear\nPapers;Fear\n"
KEPT = "controls:    keep"


@pytest.fixture
def mixed(world):
    """Forty people of whom ten have other codes than the rest, and ten none."""
    world.load([person(n, controls="Papers;unheard of" if n % 2 else "") for n in range(1, 21)])
    return world


def apply(world, rule, models="l: {harm: 2}"):
    world.apply(columns=f"{KEPT} -> controls:    {rule}", models=f"l: {{harm: 2}} -> {models}")


@pytest.mark.parametrize("chosen", ["csv", "parquet", "jsonl", "xlsx"])
def test_each_code_is_a_column_in_every_format(mixed, chosen):
    apply(mixed, "split")
    made = mixed.extract("harbor", format=chosen)
    table = mixed.table("harbor", made.id, chosen)
    assert [name for name in table.column_names if name.startswith("controls")] == SPLIT
    told = Counter(tuple(row[name] for name in SPLIT) for row in table.to_pylist())
    assert told == {
        ("yes", "yes", "no", "no"): 20,
        ("no", "no", "yes", "yes"): 10,
        (None, None, None, None): 10,
    }


def test_codebook_and_manifest_say_what_each_column_answers(mixed):
    apply(mixed, "{split: {}}")
    made = mixed.extract("harbor")
    rows = {
        row["column"]: row
        for row in csv.DictReader(mixed.codebook("harbor", made.id).decode().splitlines())
    }
    assert list(rows) == mixed.table("harbor", made.id).column_names
    debt = rows["controls_Debt"]
    assert debt["label"] == "controls: Debt"
    assert debt["released_as"] == "split: whether the cell holds the code Debt"
    assert debt["values"] == "yes; no"
    manifest = json.loads(manifest_bytes(mixed.context, "harbor", made.release_id))
    said = {column["name"]: column for column in manifest["columns"]}
    assert list(said) == list(rows)
    assert said["controls_other"]["parameters"] == {"of": "controls", "code": "other"}
    assert said["controls_other"]["action"] == "split"


def test_a_preview_shows_each_column_beside_the_cell_it_was_made_of(mixed):
    text = changed(POLICY, {"columns": f"{KEPT} -> controls:    split"})
    seen = preview_policy(
        mixed.context, parse_policy(text), Audience("harbor"), 40, lambda *_: None
    )
    names = [column["name"] for column in seen["columns"]]
    assert [name for name in names if name.startswith("controls")] == SPLIT
    shown = [row for row in seen["rows"] if row["leaves"]["controls_Papers"] == "yes"]
    assert shown
    assert {row["stored"]["controls_Papers"] for row in shown} == {"Papers;unheard of"}
    assert all(list(row["stored"]) and {*row["stored"]} >= {*names} for row in seen["rows"])


def test_a_file_with_anything_else_in_such_a_column_never_leaves(mixed, monkeypatch):
    apply(mixed, "split")
    part = Releaser.part

    def wrong(self, rows):
        made = part(self, rows)
        place = made.table.column_names.index("controls_Debt")
        told = made.table.column("note")
        return type(made)(
            **{**vars(made), "table": made.table.set_column(place, "controls_Debt", told)}
        )

    monkeypatch.setattr(Releaser, "part", wrong)
    with pytest.raises(ExtractFailedError):
        mixed.extract("harbor")


def test_several_records_of_a_person_are_split_row_by_row(mixed):
    text = {
        "columns": f"{KEPT} -> controls:    split",
        "several": "protect: -> max_records_per_person: 2\n  sequence: [reported_on]\n  protect:",
        "models": "l: {harm: 2} -> l: {}",
    }
    mixed.load([person(n, case_id=f"again-{n}", controls="Papers") for n in range(1, 41)])
    mixed.apply(**text)
    table = mixed.table("harbor", mixed.extract("harbor").id)
    debt, papers = (Counter(table[name].to_pylist()) for name in (SPLIT[0], SPLIT[2]))
    assert debt == {"yes": 20, "no": 50, None: 10}
    assert papers == {"yes": 50, "no": 20, None: 10}


def test_codes_leave_as_their_groups_and_l_is_counted_on_these(mixed):
    declared = changed(DATASET, {"ladder": 'multiple: ";"} -> multiple: ";", ladder: means}'})
    mixed.declare(f"{declared}ladders: {{means: {{text: {json.dumps(TREE)}}}}}")
    apply(mixed, "{group: {level: level-1}}")
    made = mixed.extract("harbor")
    cells = Counter(row["controls"] for row in mixed.table("harbor", made.id).to_pylist())
    assert cells == {"Money;Fear": 20, "Fear;other": 10, None: 10}
    apply(mixed, "{group: {level: level-1}}", "l: {harm: 2, controls: 2}")
    assert mixed.extract("lantern").state == "refused"  # everybody has been put in fear


def test_how_many_codes_there_are_leaves_and_has_models_of_its_own(mixed):
    apply(mixed, "count", "l: {harm: 2, controls: {distinct: 1, entropy: 1}}")
    made = mixed.extract("harbor")
    rows = mixed.table("harbor", made.id).to_pylist()
    assert Counter(row["controls"] for row in rows)["2"] == 30
    codebook = mixed.codebook("harbor", made.id).decode()
    assert "1; 2; 3; 4" in codebook
