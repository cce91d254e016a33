from __future__ import annotations

from decimal import Decimal

import pytest
import yaml

from policies.consent import LEVELS
from policies.documents import NO_LABELS, parse_dataset, parse_labels, parse_recipe
from policies.versions import document_sha256

RECIPE = """
recipe: casos-del-albergue
dataset: hotline-cases
file:
  delimiter: ";"
  language: es
  dates: day-month-year
  numbers: comma
  missing: [-99, N/D]
columns:
  case_id: N.º de caso
  age: {age: {birth: Nacimiento, on: Ingreso}}
  exploitation: {from: Tipo, codes: {Laboral: ForcedLabour, 1: Other, "?": null}}
  controls: {flags: {Deudas: DebtBondage, Amenazas: Threats}, yes: [claro]}
  name: {join: [Nombre, Apellido]}
ignore: [Observaciones]
"""


@pytest.fixture
def recipe():
    return yaml.safe_load(RECIPE)


def test_a_recipe_says_which_columns_of_the_file_it_reads():
    parsed = parse_recipe(RECIPE)
    assert parsed.reads == (
        *("N.º de caso", "Nacimiento", "Ingreso", "Tipo"),
        *("Deudas", "Amenazas", "Nombre", "Apellido"),
    )
    assert parsed.columns["case_id"].source == "N.º de caso"
    assert parsed.columns["exploitation"].codes == {
        "Laboral": "ForcedLabour",
        "1": "Other",
        "?": None,
    }
    assert parsed.file.missing == ("-99", "N/D")
    assert parsed.file.two_digit_years_from == 1930


def test_numbers_of_a_recipe_stay_as_exact_as_they_are_written(recipe):
    recipe["columns"]["case_id"] = {
        "from": "x",
        "times": 0.1,
        "levels": [{"from": 0, "code": "low"}, {"from": 0.5, "code": 2}],
    }
    column = parse_recipe(recipe).columns["case_id"]
    assert column.times == Decimal("0.1")
    assert [(level.start, level.code) for level in column.levels] == [
        (0, "low"),
        (Decimal("0.5"), "2"),
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"from": "x", "constant": "y"}, ("exactly-one-of", "")),
        ({}, ("exactly-one-of", "")),
        ({"from": "x", "part": 0, "separator": " "}, ("part-from-one", ".part")),
        ({"from": "x", "part": 1}, ("key-needs-key", ".part")),
        ({"join": ["x"], "part": 1, "separator": " "}, ("key-needs-key", ".part")),
        ({"from": "x", "rest": True}, ("key-needs-key", ".rest")),
        ({"from": "x", "yes": ["ok"]}, ("key-needs-key", ".yes")),
        (
            {"from": "x", "levels": [{"from": 2, "code": "b"}, {"from": 1, "code": "a"}]},
            ("levels-not-ascending", ".levels"),
        ),
        ({"age": "x"}, ("expected-mapping", ".age")),
        ({"from": "x", "codes": ["a"]}, ("expected-mapping", ".codes")),
        ({"from": "x", "missing": "a"}, ("expected-list", ".missing")),
        ({"from": "x", "codes": {"sí": True}}, ("quote-this-word", ".codes")),
        ({"constant": False}, ("quote-this-word", ".constant")),
        ({"from": "x", "cods": {}}, ("unknown-key", ".cods")),
    ],
)
def test_a_rule_that_can_not_be_meant_is_refused(recipe, problems, column, expected):
    recipe["columns"] = {"case_id": column}
    rule, path = expected
    assert problems(parse_recipe, recipe) == [(rule, f"columns.case_id{path}")]


def test_years_of_two_digits_have_a_sensible_hundred(recipe, problems):
    recipe["file"]["two_digit_years_from"] = 30
    assert problems(parse_recipe, recipe) == [("must-be-at-least", "file.two_digit_years_from")]


def test_labels_say_nothing_unless_they_are_given():
    assert parse_labels({}) == NO_LABELS
    labels = parse_labels({"consent_max": "aggregate", "share_until": "2026-12-31"})
    assert labels.consent_max == LEVELS[1]
    assert labels.share_until.isoformat() == "2026-12-31"


def test_labels_nobody_knows_are_refused(problems):
    given = {"consent_max": "all", "share": []}
    assert sorted(problems(parse_labels, given)) == [
        ("not-one-of", "consent_max"),
        ("unknown-key", "share"),
    ]


def test_versions_of_a_dataset_change_no_hash_of_one_without(hotline):
    before = document_sha256(parse_dataset(hotline))
    assert document_sha256(parse_dataset({**hotline, "version": 1, "migrations": []})) == before
    step = {"from": 1, "rename": {"vieja": "age"}, "drop": ["otra"]}
    newer = parse_dataset({**hotline, "version": 2, "migrations": [step]})
    assert document_sha256(newer) != before
    assert (newer.version, newer.migrations[0].start) == (2, 1)
    assert newer.migrations[0].rename == {"vieja": "age"}
