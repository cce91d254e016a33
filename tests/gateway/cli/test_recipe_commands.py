"""`weir recipe` and `weir dataset template`: from somebody's sheet to records, without a manual."""

from __future__ import annotations

import stat
from collections import Counter

import pytest
import yaml

from gateway.errors import NotFoundError
from gateway.lake.snapshots import read_snapshot
from gateway.operations import perform
from policies.documents import parse_dataset
from tests.conftest import FixedClock
from tests.drafted import template
from tests.gateway.test_recipe_drafts import as_latin, as_workbook
from tests.small_homes import DATASET, NOON, open_world
from tests.spanish_sheets import sheet

SHEET = "Sexo,Nacionalidad,F. Nac.\nMujer,mexicana,25/03/1990\n"
OWN = """
dataset: own-words
privacy_unit: row
consent: assumed
consent_basis: made up
columns: {shoe: {type: string, role: insensitive, label: {es: Zapato}}}
"""
# What the sheet's cells become, by what `Truth` calls them.
COMPARED = {
    "gender": "prs_Gender",
    "birthdate": "prs_Birthdate",
    "citizenship": "prs_Citizenship",
    "type": "vic_TypeOfExploitation",
    "referred": "cas_IncomingReferralDate",
    "consent": "consent",
}


@pytest.fixture
def nowhere(weir, monkeypatch):
    """Commands where there is no home."""
    monkeypatch.setenv("WEIR_HOME", str(weir.folder / "no-home"))
    return weir


def test_templates_are_listed_shown_and_written_once(weir):
    assert weir("dataset", "template").out.splitlines() == ["htcds-cases", "htcds-ctdc"]
    assert parse_dataset(weir("dataset", "template", "htcds-ctdc").out).dataset == "htcds-ctdc"
    done = weir("dataset", "template", "htcds-cases", "--output", "ours", "--json").json
    assert done["written"][0] == "ours/htcds-cases.yaml"
    assert {file.name for file in (weir.folder / "ours").iterdir()} == {
        path.partition("/")[2] for path in done["written"]
    }
    said = weir.refused("dataset", "template", "htcds-cases", "--output", "ours")
    assert "has htcds-cases.yaml" in said
    assert "name another folder" in said
    assert "there is no template 'htcds'" in weir.refused("dataset", "template", "htcds")


def test_a_draft_is_for_its_owner_s_eyes_and_replaces_nothing_by_itself(nowhere):
    file = nowhere.file("casos.csv", SHEET)
    words = ("recipe", "draft", file, "--dataset", "htcds-cases", "--output", "casos.yaml")
    said = nowhere(*words).out
    assert "Wrote casos.yaml: 3 columns proposed, 0 words and" in said
    assert "  ? " in said
    written = nowhere.folder / "casos.yaml"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    written.write_text("corrected")
    written.chmod(0o644)
    assert "casos.yaml is there already" in nowhere.refused(*words)
    assert written.read_text() == "corrected"
    nowhere(*words, "--replace")
    assert yaml.safe_load(written.read_text())["dataset"] == "htcds-cases"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert [path.name for path in nowhere.folder.glob(".*")] == []


def test_a_draft_is_shown_where_no_file_is_named(nowhere):
    file = nowhere.file("casos.csv", SHEET.replace("Mujer", "Mu\x1b[2Jjer"))
    shown = nowhere("recipe", "draft", file, "--dataset", "htcds-cases").out
    assert "\x1b" not in shown
    assert yaml.safe_load(shown)["columns"]["prs_Birthdate"] == {"from": "F. Nac."}
    told = nowhere("recipe", "draft", file, "--dataset", "htcds-cases", "--json").json
    assert [column["column"] for column in told["columns"]] == [
        *("prs_Birthdate", "prs_Citizenship")
    ]


def test_own_datasets_and_own_words_are_drafted_with(nowhere):
    file = nowhere.file("casos.csv", "calzado\nbota\n")
    own = nowhere.file("own.yaml", OWN)
    words = ("recipe", "draft", file, "--dataset", own, "--json")
    assert nowhere(*words).json["columns"] == []
    terms = nowhere.file("terms.csv", "shoe-worn;zapato\nshoe-worn;calzado\n")
    (column,) = nowhere(*words, "--glossary", terms).json["columns"]
    assert (column["column"], column["reads"]) == ("shoe", ["calzado"])
    assert "terms.csv" in nowhere.refused(*words, "--glossary", nowhere.file("terms.csv", "x"))


def test_what_can_t_be_drafted_says_why(nowhere):
    file = nowhere.file("casos.csv", "")
    assert "casos.csv" in nowhere.refused("recipe", "draft", file, "--dataset", "htcds-cases")
    said = nowhere.refused("recipe", "draft", file, "--dataset", "htcds")
    assert "no template htcds" in said
    assert "htcds-cases" in said
    assert "own.yaml" in nowhere.refused("recipe", "draft", file, "--dataset", "own.yaml")


def test_a_recipe_is_checked_against_its_dataset_and_a_file(nowhere):
    file = nowhere.file("casos.csv", SHEET)
    made = {"recipe": "casos", "dataset": "own-words", "columns": {"shoe": "Sexo"}}
    recipe = nowhere.file("recipe.yaml", yaml.safe_dump(made))
    words = ("recipe", "check", recipe, "--dataset", nowhere.file("own.yaml", OWN))
    assert nowhere(*words).out == "Recipe casos can be used.\n"
    assert nowhere(*words, file, "--json").json == {"recipe": "casos", "notes": []}
    said = nowhere.refused(*words, nowhere.file("other.csv", "Sexos,Edad\nMujer,20\n"))
    assert "other.csv" in said
    assert "Sexos" in said
    nowhere.file("recipe.yaml", yaml.safe_dump({**made, "columns": {"shoes": "Sexo"}}))
    assert "Did you mean shoe?" in nowhere.refused(*words)


def test_what_a_new_version_left_behind_is_noted(nowhere):
    newer = OWN + "version: 2\nmigrations: [{from: 1, drop: [hat]}]\n"
    made = {"recipe": "casos", "dataset": "own-words", "columns": {"shoe": "a", "hat": "b"}}
    recipe = nowhere.file("recipe.yaml", yaml.safe_dump(made))
    own = nowhere.file("own.yaml", newer)
    assert "  note: columns.hat" in nowhere("recipe", "check", recipe, "--dataset", own).out


def test_a_dataset_of_the_home_goes_before_a_template(weir):
    file = weir.file("casos.csv", "harm\nLabour\n")
    (column,) = weir("recipe", "draft", file, "--dataset", "cases", "--json").json["columns"]
    assert column["column"] == "harm"
    file = weir.file("casos.csv", SHEET)
    drafted = weir("recipe", "draft", file, "--dataset", "htcds-ctdc", "--json").json
    assert {column["column"] for column in drafted["columns"]} >= {"prs_Gender"}
    assert "there is: cases" in weir.refused("recipe", "draft", file, "--dataset", "htcds")


def test_a_dataset_s_document_is_what_was_declared(served):
    def document(name):
        return perform(served.context, "dataset.document", {"dataset": name}, lambda *_: None)

    assert parse_dataset(document("cases")) == parse_dataset(DATASET)
    assert parse_dataset(document("htcds-ctdc")).dataset == "htcds-ctdc"
    with pytest.raises(NotFoundError, match="there is: cases"):
        document("none-such")


@pytest.mark.parametrize(("name", "write"), [("casos.csv", as_latin), ("casos.xlsx", as_workbook)])
def test_a_shelter_s_sheet_is_loaded_as_it_is_meant(alone, name, write):
    weir, (rows, truth) = alone, sheet(150)
    weir("dataset", "template", "htcds-cases", "--output", "ours")
    weir("dataset", "add", "ours/htcds-cases.yaml")
    file = weir.file(name, write(rows))
    draft = ("recipe", "draft", file, "--dataset", "htcds-cases", "--output", "casos.yaml")
    told = weir(*draft, "--json").json
    assert [word["column"] for word in told["undecided"]] == ["consent"]
    recipe = yaml.safe_load((weir.folder / "casos.yaml").read_text())
    recipe["columns"]["consent"]["codes"][told["undecided"][0]["word"]] = "anonymized"
    weir.file("casos.yaml", yaml.safe_dump(recipe, allow_unicode=True))
    weir("recipe", "check", "casos.yaml", "--dataset", "htcds-cases", file)
    load = ("dataset", "load", "htcds-cases", file, "--recipe", "casos.yaml", "--json")
    report = weir(*load).json
    assert (report["accepted"], report["unmapped"]) == (len(rows), [])
    assert {problem["kind"] for problem in report["refused"]} == {"totals-row"}
    with open_world(weir.home, FixedClock(NOON)) as world:
        loaded = in_the_lake(world.context.lake)
    assert Counter(map(loaded_meaning, loaded)) == Counter(map(true_meaning, truth))
    assert len({*map(true_meaning, truth)}) == len(rows)


def in_the_lake(lake):
    """Return the records of a sheet."""
    document = template("htcds-cases")
    with lake.engine() as backend:
        at = lake.dataset_snapshot("htcds-cases")
        return read_snapshot(backend, lake, document, at).to_pyarrow().to_pylist()


def loaded_meaning(row):
    controls = frozenset(row["vic_MethodsOfControl"].split(";"))
    return (*(row[column] for column in COMPARED.values()), controls)


def true_meaning(truth):
    return (*(getattr(truth, name) for name in COMPARED), truth.controls)
