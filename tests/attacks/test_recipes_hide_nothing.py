"""A recipe can't hand over what a grant forbids, nor lose what somebody took back."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.vault import Vault
from policies.documents import parse_dataset, parse_recipe
from policies.lint.recipes import lint_recipe
from policies.recipes import making

CASES = parse_dataset(
    {
        "dataset": "cases",
        "privacy_unit": "person",
        "columns": {
            "person": {"type": "string", "role": "direct_identifier", "domain": "person"},
            "consent": {"type": "string", "role": "consent"},
            "ends": {"type": "date", "role": "consent_end"},
            "funding": {"type": "string", "role": "funding"},
        },
    }
)
HIDING = {
    "recipe": "r",
    "dataset": "cases",
    "file": {"dates": "day-month-year", "missing": ["VOCA"]},
    "columns": {
        "person": "P",
        "consent": "C",
        "ends": "E",
        "funding": {"from": "F", "codes": {"VAWA": "other"}, "otherwise": "other"},
    },
}


@pytest.fixture
def load(tmp_path):
    """Load rows of a contributor by a recipe that lint would refuse."""
    home = Home.create(tmp_path / "home", name="T", origin="t.example", timezone="UTC")
    keys = Keys.create(home)
    lake, vault = Lake.open(home, keys, threads=1), Vault.create(home, keys)
    file = tmp_path / "f.csv"

    def run(*lines):
        file.write_text("\n".join(["P,C,E,F", *lines, ""]))
        given = Submission("s", 1, date(2026, 1, 1), ZoneInfo("UTC"), contributor="shelter")
        files = DataFiles((file,), recipe=parse_recipe(HIDING))
        report = ingest(lake, vault, keys, CASES, files, given)
        with lake.cursor() as cursor:
            said = "SELECT consent, ends::VARCHAR FROM lake.weir.statements ORDER BY ALL"
            return report, cursor.execute(said).fetchall()

    yield run
    vault.close()
    lake.close()


@pytest.mark.parametrize("grant", ["VAWA", "vawa", "V.A.W.A.", "ONU y VAWA", "VOCA", "fvpsa 2026"])
def test_a_restricted_record_is_refused_whatever_the_recipe_makes_of_its_grant(load, grant):
    report, _ = load("p1,anonymized,,ONU", f"p2,anonymized,,{grant}")
    assert (report.accepted, [problem.kind for problem in report.refused]) == (
        1,
        ["restricted-funding"],
    )


def test_the_control_a_grant_that_restricts_nothing_is_turned_into_another(load):
    report, _ = load("p1,anonymized,,ONU", "p2,anonymized,,UNICEF")
    assert report.accepted == 2


def test_an_end_that_can_not_be_read_has_come_and_a_word_nobody_knows_is_no_consent(load):
    _, said = load("p1,anonymized,pronto,x", "p2,tal vez,,x", "p3,anonymized,31/12/2030,x")
    assert said == [
        ("anonymized", "0001-01-01"),
        ("anonymized", "2030-12-31"),
        ("none", None),
    ]


def test_a_row_whose_day_can_not_be_read_still_takes_back(load):
    _, said = load("p1,none,45/45/2024,x", "p2,anonymized,,x")
    assert ("none", "0001-01-01") in said


def test_lint_refuses_such_a_recipe_before_it_maps_anything():
    rules = {reason.rule for reason in lint_recipe(parse_recipe(HIDING), CASES).errors}
    assert rules == {"recipe-hides-funding"}


WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "none")
CONSENTS = {
    "codes": {"from": "C", "codes": {"nóne": "pseudonymized"}},
    "wide letters": {"from": "C", "codes": {WIDE: "pseudonymized"}},
    "flags": {"flags": {"C": "pseudonymized"}, "yes": ["none"]},
    "nothing": {"from": "C", "missing": ["none"]},
    "part": {"from": "C", "part": 1, "separator": "/", "codes": {"nóne": "pseudonymized"}},
}


@pytest.mark.parametrize("rule", CONSENTS.values(), ids=CONSENTS)
@pytest.mark.parametrize("written", ["none", "None ", "NÓNE"])
def test_what_a_file_says_of_consent_no_recipe_raises_or_loses(rule, written):
    (maker,) = made_by(rule)
    assert maker.make(written).text == "none"


def test_control_without_that_care_a_recipe_raises_it(monkeypatch):
    monkeypatch.setattr(making, "_careful", lambda maker, _column: maker)
    made = {name: made_by(rule)[0].make("none").text for name, rule in CONSENTS.items()}
    assert set(made.values()) == {"pseudonymized", None}


def test_a_lower_level_than_the_file_names_may_be_made():
    (maker,) = made_by({"from": "C", "codes": {"anonymized": "aggregate", "sí": "anonymized"}})
    assert [maker.make(text).text for text in ("anonymized", "sí")] == ["aggregate", "anonymized"]


def made_by(rule):
    recipe = parse_recipe({"recipe": "r", "dataset": "cases", "columns": {"consent": rule}})
    return making.makers_of(recipe, CASES)
