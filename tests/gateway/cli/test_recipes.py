"""`weir dataset load --recipe`: a file in its own words, and what to decide about it."""

from __future__ import annotations

import itertools
import json

import pytest
import yaml

from gateway.cli.unmapped import render_unmapped
from gateway.store.engine import reading
from gateway.store.tables import Submission
from tests.small_homes import COLUMNS, DATASET, people

HEADERS = {
    **{name: name for name in COLUMNS},
    "reported_on": "Fecha de reporte",
    "harm": "Tipo de daño",
    "controls": "Medios de control",
}
WORDS = {"Labour": "Trabajo forzado", "Sexual": "Explotación sexual"}
RECIPE = {
    "recipe": "casos",
    "dataset": "cases",
    "file": {"language": "es", "dates": "day-month-year", "delimiter": ";"},
    "columns": {
        **HEADERS,
        "harm": {"from": "Tipo de daño", "codes": {"Trabajo forzado": "Labour"}},
        "controls": {
            "from": "Medios de control",
            "separator": "/",
            "codes": {"deudas": "Debt", "amenazas": "Threats"},
        },
    },
}


def spanish(rows):
    """Write cases as a Spanish export."""
    lines = [";".join(HEADERS.values())]
    for row in rows:
        year, month, day = row["reported_on"].split("-")
        said = {
            "reported_on": f"{day}/{month}/{year}",
            "harm": WORDS[row["harm"]],
            "controls": "Deudas / Amenazas",
        }
        lines.append(";".join({**row, **said}.values()))
    return "\n".join([*lines, ""])


_numbers = itertools.count(100, 8)


def written(weir):
    """Write a Spanish file of eight people of its own, and its recipe; return their paths."""
    first = next(_numbers)
    return (
        weir.file("casos.csv", spanish(people(first, first + 7))),
        weir.file("casos.recipe.yaml", yaml.safe_dump(RECIPE, allow_unicode=True)),
    )


@pytest.fixture
def files(weir):
    return written(weir)


def test_a_file_in_other_words_is_loaded_and_its_unmapped_words_are_listed(weir, files):
    file, recipe = files
    told = weir("dataset", "load", "cases", file, "--recipe", recipe).out
    assert "Loaded 8 of 8 rows into cases" in told
    block = told[told.index("    columns:") :]
    decided = yaml.safe_load(block.split("\n  and")[0])
    assert decided == {"columns": {"harm": {"codes": {"Explotación sexual": None}}}}
    assert "# 4 rows" in block


def test_what_was_decided_maps_the_same_file_anew(weir, files):
    file, recipe = files
    first = weir("dataset", "load", "cases", file, "--recipe", recipe, "--json").json
    assert [(word["column"], word["count"]) for word in first["unmapped"]] == [("harm", 4)]
    again = weir("dataset", "load", "cases", file, "--recipe", recipe, "--json").json
    assert again["state"] == "loaded before"
    codes = {**RECIPE["columns"]["harm"]["codes"], "explotacion sexual": "Sexual"}
    decided = {**RECIPE, "columns": {**RECIPE["columns"], "harm": {"from": "Tipo de daño"}}}
    decided["columns"]["harm"]["codes"] = codes
    recipe = weir.file("casos.recipe.yaml", yaml.safe_dump(decided, allow_unicode=True))
    done = weir("dataset", "load", "cases", file, "--recipe", recipe, "--json").json
    assert (done["state"], done["updated"], done["unmapped"]) == ("accepted", 8, [])


def test_unmapped_words_are_in_no_stored_report(weir, files, served):
    file, recipe = files
    told = weir("dataset", "load", "cases", file, "--recipe", recipe, "--json").json
    assert told["unmapped"][0]["text"] == "Explotación sexual"
    with reading(served.context.store) as session:
        row = session.get(Submission, told["submission"])
    cipher = served.context.keys.store_cipher()
    kept = json.loads(cipher.open(row.sealed_report, f"submission:{row.id}:report"))
    assert kept["accepted"] == 8
    assert "unmapped" not in kept
    assert "Explotaci" not in json.dumps(kept)


def test_a_recipe_that_does_not_fit_is_refused_and_says_why(weir, files):
    file, recipe = files
    weir.file(recipe, yaml.safe_dump({**RECIPE, "columns": {"hram": "Tipo de daño"}}))
    said = weir.refused("dataset", "load", "cases", file, "--recipe", recipe)
    assert "columns.hram: There is no column hram in the dataset. Did you mean harm?" in said
    assert "Nothing makes the column case_id" in said
    weir.file(recipe, "recipe: x")
    assert "The key columns is missing" in weir.refused(
        "dataset", "load", "cases", file, "--recipe", recipe
    )


def test_a_recipe_for_an_older_version_follows_and_what_is_gone_is_said(alone):
    weir = alone
    newer = yaml.safe_load(DATASET) | {
        "version": 2,
        "migrations": [{"from": 1, "rename": {"kind": "harm"}, "drop": ["shoe"]}],
    }
    weir("dataset", "add", weir.file("cases.yaml", yaml.safe_dump(newer, sort_keys=False)))
    columns = {**RECIPE["columns"], "kind": RECIPE["columns"]["harm"], "shoe": "Zapato"}
    del columns["harm"]
    file, recipe = written(weir)
    weir.file(recipe, yaml.safe_dump({**RECIPE, "columns": columns}))
    told = weir("dataset", "load", "cases", file, "--recipe", recipe).out
    assert "Loaded 8 of 8 rows" in told
    assert "recipe: columns.shoe: The dataset no longer has the column shoe." in told


def test_words_are_written_so_that_yaml_reads_them_back(capsys):
    odd = ['a: "b" # c', "no", "x" * 80, "año\tñ"]
    render_unmapped([{"column": "c d", "text": word, "count": 1} for word in odd], 7)
    out = capsys.readouterr().out
    assert "and 7 more" in out
    block = yaml.safe_load(out[out.index("    columns:") :].split("\n  and")[0])
    assert block == {"columns": {"c d": {"codes": dict.fromkeys(odd)}}}


def test_nothing_is_said_where_nothing_is_to_be_decided(capsys):
    render_unmapped([], 0)
    assert capsys.readouterr().out == ""
