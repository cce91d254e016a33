from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.messages import render
from policies.documents import ROW, DocumentError, parse_dataset


def no_file(name):
    raise FileNotFoundError(name)


@pytest.fixture
def small():
    return {
        "dataset": "cases",
        "privacy_unit": "person",
        "consent": "assumed",
        "consent_basis": "generated",
        "columns": {
            "person": {"type": "string", "role": "direct_identifier", "domain": "person"},
            "age": {
                "type": "integer",
                "role": "quasi_identifier",
                "ladder": "age",
                "bounds": [0, 120],
            },
        },
    }


CONTRACT = """
dataset: hotline-cases
title: {en: Hotline cases, es: Casos de la línea}
privacy_unit: person_id
record_key: [case_id]
consent_default: none
budget: {epsilon: 8, delta: 1.0e-6}
budget_group: hotline
columns:
  case_id:      {type: string,  role: direct_identifier, domain: case}
  person_id:    {type: string,  role: direct_identifier, domain: person}
  phone:        {type: string,  role: direct_identifier, domain: phone, normalize: e164}
  reported_on:  {type: date, role: quasi_identifier, ladder: date, bounds: [2015-01-01, 2026-12-31]}
  age:          {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  postcode:     {type: string,  role: quasi_identifier, ladder: us-postcode}
  citizenship:  {type: string,  role: quasi_identifier, ladder: citizenship,
                 label: {en: Citizenship, es: Ciudadanía}}
  exploitation: {type: string,  role: sensitive, codes: [ForcedLabour, SexualExploitation, Other]}
  controls:     {type: string,  role: sensitive, codes: [Debt, Threat], multiple: ";", max_codes: 4}
  wage_debt:    {type: decimal, role: sensitive, bounds: [0, 100000], unit: USD, scale: 2}
  narrative:    {type: string,  role: free_text}
  consent:      {type: string,  role: consent}
  consent_ends: {type: date,    role: consent_end}
  funding:      {type: string,  role: funding}
ladders:
  citizenship: {file: citizenship.csv}
"""


def test_every_field_of_the_contract_s_dataset_parses():
    dataset = parse_dataset(CONTRACT, {"citizenship.csv": "MX;Americas\n"}.__getitem__)
    assert dataset.ladders["citizenship"].text == "MX;Americas\n"
    assert dataset.columns["reported_on"].bounds == (date(2015, 1, 1), date(2026, 12, 31))
    assert dataset.columns["wage_debt"].bounds == (0, 100000)
    assert dataset.columns["exploitation"].ladder_name == "codes"
    assert dataset.columns["case_id"].normalization == "text"
    assert dataset.columns["phone"].normalization == "e164"
    assert dataset.columns["narrative"].ladder_name is None
    assert dataset.budget is not None
    assert dataset.budget.delta == 1e-6
    assert dataset.column_of("consent_end") == "consent_ends"
    assert dataset.column_of("share_with") is None


def test_a_ladder_file_keeps_its_name_until_somebody_reads_it():
    assert parse_dataset(CONTRACT).ladders["citizenship"].file == "citizenship.csv"


def test_a_ladder_file_that_cannot_be_read_is_named(problems):
    found = problems(parse_dataset, CONTRACT, no_file)
    assert found == [("file-not-readable", "ladders.citizenship.file")]


def test_a_taxonomy_may_stand_inside_the_file(small):
    small["columns"]["citizenship"] = {
        "type": "string",
        "role": "quasi_identifier",
        "ladder": "citizenship",
    }
    small["ladders"] = {"citizenship": {"text": "MX;Americas"}}
    assert parse_dataset(small, no_file).ladders["citizenship"].text == "MX;Americas"


@pytest.mark.parametrize("entry", [{}, {"file": "x", "text": "a;b"}])
def test_a_ladder_has_a_file_or_a_text(small, problems, entry):
    small["ladders"] = {"own": entry}
    assert problems(parse_dataset, small, no_file) == [("exactly-one-of", "ladders.own")]


def test_a_ladder_entry_of_the_wrong_shape_is_refused(small, problems):
    small["ladders"] = {"own": "own.csv"}
    assert problems(parse_dataset, small, no_file) == [("expected-mapping", "ladders.own")]


def test_unknown_keys_name_the_nearest_known_one(small):
    small["columns"]["age"]["laddr"] = "age"
    small["privcy_unit"] = "person"
    with pytest.raises(DocumentError) as caught:
        parse_dataset(small)
    nearest = {
        problem.params["key"]: problem.params["nearest"] for problem in caught.value.problems
    }
    assert nearest == {"laddr": "ladder", "privcy_unit": "privacy_unit"}
    assert "unknown-key" in str(caught.value)


def test_a_key_that_is_like_none_names_those_there_are(small):
    small["columns"]["age"]["zzz"] = "age"
    with pytest.raises(DocumentError) as caught:
        parse_dataset(small)
    (problem,) = caught.value.problems
    assert problem.params["nearest"] == ""
    assert "ladder" in problem.params["known"].split(", ")
    assert "Did you mean" not in render(problem, "en")
    assert "Known here: type, role" in render(problem, "en")


def test_all_problems_are_reported_at_once(small, problems):
    small["dataset"] = "Cases"
    small["budget"] = {"epsilon": 0, "delta": 1}
    small["title"] = {"english": "Cases"}
    small["columns"]["age"]["type"] = "int"
    small["columns"]["person"]["domain"] = "Person"
    small["columns"]["sex"] = {"role": "quasi_identifier", "codes": [1]}
    assert set(problems(parse_dataset, small)) == {
        ("not-kebab-case", "dataset"),
        ("must-be-above", "budget.epsilon"),
        ("must-be-below", "budget.delta"),
        ("expected-language", "title.english"),
        ("not-one-of", "columns.age.type"),
        ("not-kebab-case", "columns.person.domain"),
        ("missing-key", "columns.sex.type"),
        ("expected-text", "columns.sex.codes[0]"),
    }


@pytest.mark.parametrize("epsilon", ["much", True, float("nan"), float("inf")])
def test_an_epsilon_is_a_finite_number(small, problems, epsilon):
    small["budget"] = {"epsilon": epsilon, "delta": 1e-6}
    assert problems(parse_dataset, small) == [("expected-number", "budget.epsilon")]


def test_a_row_may_be_the_privacy_unit_and_a_dataset_may_have_none(small):
    small["privacy_unit"] = ROW
    assert parse_dataset(small).privacy_unit == "row"
    del small["privacy_unit"]
    assert parse_dataset(small).privacy_unit is None


OWN_ON_A_DATE = {"on": {"type": "date", "role": "quasi_identifier", "ladder": "own"}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"privacy_unit": "persn"}, ("unknown-column", "privacy_unit")),
        ({"privacy_unit": "age"}, ("unit-not-identifier", "privacy_unit")),
        ({"record_key": ["person", "case"]}, ("unknown-column", "record_key[1]")),
        ({"record_key": ["person", "person"]}, ("named-twice", "record_key")),
        ({"consent": None}, ("basis-without-assumed", "consent_basis")),
        ({"consent_basis": None}, ("missing-key", "consent_basis")),
        ({"consent": "none"}, ("not-one-of", "consent")),
        ({"consent_default": "anonymized"}, ("not-one-of", "consent_default")),
        ({"ladders": {"age": {"text": "a;b"}}}, ("ladder-name-taken", "ladders.age")),
        ({"ladders": {"city": {"text": "a;b"}}}, ("ladder-name-taken", "ladders.city")),
        (
            {"ladders": {"own": {"text": "1;2"}}, "columns": OWN_ON_A_DATE},
            ("ladder-not-for-type", "columns.on.ladder"),
        ),
        ({"columns": {}}, ("must-not-be-empty", "columns")),
        ({"columns": ["age"]}, ("expected-mapping", "columns")),
        ({"record_key": "person"}, ("expected-list", "record_key")),
    ],
)
def test_a_dataset_s_keys_fit_together(small, problems, change, expected):
    assert expected in problems(parse_dataset, {**small, **change})


def test_nothing_about_consent_is_refused(small, problems):
    del small["consent"], small["consent_basis"]
    assert problems(parse_dataset, small) == [("consent-missing", "consent")]


@pytest.mark.parametrize(
    "column", [{"type": "string", "role": "consent"}, {"type": "date", "role": "consent_end"}]
)
def test_consent_is_assumed_or_in_columns_but_not_both(small, problems, column):
    small["columns"]["allowed"] = column
    assert problems(parse_dataset, small) == [("consent-both", "consent")]


def test_a_consent_role_is_given_once(hotline, problems):
    hotline["columns"]["funding2"] = {"type": "string", "role": "funding"}
    assert problems(parse_dataset, hotline) == [("role-twice", "columns")]


def test_column_names_survive_tables_and_headers(small, problems):
    column = {"type": "boolean", "role": "insensitive"}
    for name in ("weir_rank", " padded", "x" * 64, "tab\there", "AGE"):
        small["columns"][name] = column
    assert set(problems(parse_dataset, small)) == {
        ("column-name-reserved", "columns.weir_rank"),
        ("column-name-not-plain", "columns. padded"),
        ("column-name-not-plain", f"columns.{'x' * 64}"),
        ("column-name-not-plain", "columns.tab\there"),
        ("columns-alike", "columns.AGE"),
    }


NUMBER = {"type": "decimal", "role": "quasi_identifier", "ladder": "number", "scale": 2}
DATE = {"type": "date", "role": "quasi_identifier", "ladder": "date"}
CODES = {"type": "string", "role": "sensitive", "codes": ["a", "b"]}
IDENTIFIER = {"type": "string", "role": "direct_identifier", "domain": "phone"}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({**NUMBER, "bounds": [0, 10]}, ("missing-key", "widths")),
        ({**NUMBER, "widths": [1, 10]}, ("missing-key", "bounds")),
        ({**NUMBER, "bounds": [0, 10], "widths": []}, ("must-not-be-empty", "widths")),
        ({**NUMBER, "bounds": [0, 10], "widths": 5}, ("expected-list", "widths")),
        ({**NUMBER, "bounds": [0, 10], "widths": [0]}, ("must-be-above", "widths")),
        ({**NUMBER, "bounds": [0, 10], "widths": [4, 10]}, ("widths-not-nested", "widths")),
        ({**NUMBER, "bounds": [0, 10], "widths": [4, 2]}, ("widths-not-nested", "widths")),
        ({**NUMBER, "bounds": [0, "x"], "widths": [1]}, ("expected-number", "bounds")),
        ({**NUMBER, "bounds": [0, "inf"], "widths": [1]}, ("expected-number", "bounds")),
        ({**NUMBER, "bounds": [0, True], "widths": [1]}, ("expected-number", "bounds")),
        ({**NUMBER, "bounds": [10, 0], "widths": [1]}, ("bounds-backwards", "bounds")),
        ({**NUMBER, "bounds": [0], "widths": [1]}, ("bounds-not-a-pair", "bounds")),
        ({**NUMBER, "bounds": 9, "widths": [1]}, ("expected-list", "bounds")),
        ({**DATE, "bounds": ["2026-02-30", "2027-01-01"]}, ("not-a-date", "bounds")),
        ({**DATE, "bounds": ["2026-01-01", 2027]}, ("not-a-date", "bounds")),
        ({**DATE, "bounds": [0, 1]}, ("not-a-date", "bounds")),
        (
            {**DATE, "bounds": ["2026-01-01", "2026-12-31"], "widths": [1]},
            ("key-needs-key", "widths"),
        ),
        ({**DATE, "type": "string"}, ("ladder-not-for-type", "ladder")),
        ({**DATE, "ladder": "dates"}, ("unknown-ladder", "ladder")),
        ({**DATE, "ladder": "us-state"}, ("ladder-not-for-type", "ladder")),
        ({**DATE, "ladder": None}, ("missing-key", "ladder")),
        ({**CODES, "codes": ["a", "a"]}, ("named-twice", "codes")),
        ({**CODES, "codes": ["*"]}, ("code-reserved", "codes")),
        ({**CODES, "codes": None, "ladder": "codes"}, ("missing-key", "codes")),
        ({**CODES, "multiple": ";;"}, ("separator-not-one-character", "multiple")),
        ({**CODES, "max_codes": 2}, ("key-needs-key", "max_codes")),
        ({**CODES, "says_nothing": ["c"]}, ("says-nothing-unlisted", "says_nothing")),
        ({**CODES, "says_nothing": ["a", "a"]}, ("named-twice", "says_nothing")),
        ({**CODES, "says_nothing": "a"}, ("expected-list", "says_nothing")),
        (
            {**CODES, "role": "insensitive", "says_nothing": ["a"]},
            ("key-not-for-role", "says_nothing"),
        ),
        ({**CODES, "type": "integer"}, ("key-not-for-type", "codes")),
        ({**CODES, "scale": 2}, ("key-not-for-type", "scale")),
        ({**CODES, "unit": "USD"}, ("key-not-for-type", "unit")),
        ({**CODES, "timezone": "UTC"}, ("key-not-for-type", "timezone")),
        ({**CODES, "domain": "person"}, ("key-not-for-role", "domain")),
        ({**CODES, "bounds": [1, 2]}, ("bounds-not-for-type", "bounds")),
        ({**CODES, "label": {"en": ""}}, ("must-not-be-empty", "label.en")),
        ({**CODES, "label": {"en": "x" * 2001}}, ("too-long", "label.en")),
        ({**IDENTIFIER, "domain": None}, ("missing-key", "domain")),
        ({**IDENTIFIER, "region": "US"}, ("key-needs-key", "region")),
        ({**IDENTIFIER, "normalize": "e164", "region": "us"}, ("region-not-country", "region")),
        ({**IDENTIFIER, "type": "integer"}, ("type-not-for-role", "type")),
        ({**IDENTIFIER, "codes": ["a"]}, ("key-not-for-role", "codes")),
        (
            {"type": "timestamp", "role": "insensitive", "timezone": "Mars"},
            ("unknown-timezone", "timezone"),
        ),
        (
            {"type": "timestamp", "role": "insensitive", "timezone": "../x"},
            ("unknown-timezone", "timezone"),
        ),
        ({"type": "timestamp", "role": "consent_end"}, ("type-not-for-role", "type")),
        (
            {"type": "integer", "role": "sensitive", "bounds": [0, 1.5]},
            ("expected-whole-number", "bounds"),
        ),
        (
            {"type": "integer", "role": "sensitive", "bounds": [False, True]},
            ("expected-whole-number", "bounds"),
        ),
        ({"type": "decimal", "role": "sensitive", "scale": 10}, ("must-be-at-most", "scale")),
        ({"type": "decimal", "role": "sensitive", "scale": -1}, ("must-be-at-least", "scale")),
    ],
)
def test_a_column_s_keys_fit_together(small, problems, column, expected):
    small["columns"]["extra"] = column
    rule, key = expected
    assert (rule, f"columns.extra.{key}") in problems(parse_dataset, small)


def test_what_says_nothing_is_read_as_it_would_leave(small):
    values = ["refused", -9, -9.5, date(1900, 1, 1)]
    small["columns"]["debt"] = {"type": "decimal", "role": "sensitive", "says_nothing": values}
    column = parse_dataset(small).columns["debt"]
    assert column.says_nothing == ("refused", "-9", "-9.5", "1900-01-01")


def test_amounts_are_read_exactly(small):
    small["columns"]["debt"] = {**NUMBER, "bounds": [0.1, 99.9], "widths": [0.1, 10.0]}
    column = parse_dataset(small).columns["debt"]
    assert column.bounds == (Decimal("0.1"), Decimal("99.9"))
    assert column.widths == (Decimal("0.1"), 10)


def test_a_timestamp_has_a_zone_and_plain_bounds(small):
    small["columns"]["called_at"] = {
        "type": "timestamp",
        "role": "quasi_identifier",
        "ladder": "date",
        "bounds": ["2020-01-01", "2026-12-31"],
        "timezone": "America/New_York",
    }
    assert parse_dataset(small).columns["called_at"].bounds == (
        date(2020, 1, 1),
        date(2026, 12, 31),
    )
