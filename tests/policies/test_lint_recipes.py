from __future__ import annotations

import pytest

from policies.documents import parse_dataset
from policies.lint.recipes import lint_recipe
from tests.policies.recipes.conftest import COLUMNS, dataset, recipe

WHOLE = {"case_id": "N", "person_id": "P", "consent": "C", "consent_ends": "F", "funding": "B"}


@pytest.fixture
def errors(say):
    def found(columns, **changes):
        reasons = lint_recipe(recipe({**WHOLE, **columns}, **changes), dataset()).errors
        say(reasons)
        return [(reason.rule, reason.params["path"]) for reason in reasons]

    return found


@pytest.fixture
def warnings(say):
    def found(columns, **changes):
        reasons = lint_recipe(recipe(columns, **changes), dataset(version=2)).warnings
        say(reasons)
        return [(reason.rule, reason.params["path"]) for reason in reasons]

    return found


def test_a_recipe_for_every_kind_of_column_is_in_order(errors):
    columns = {
        "met_on": {"from": "d", "dates": "month-day-year"},
        "age": {"age": {"birth": "b", "on": "d"}, "dates": "day-month-year"},
        "band": {"from": "e", "times": 12, "levels": [{"from": 0, "code": "minor"}]},
        "debt": {"from": "m", "times": 0.01, "codes": {"nada": 0}},
        "harm": {"from": "t", "codes": {"a": "Other", "A": "Other"}, "otherwise": "Other"},
        "controls": {"flags": {"x": "Debt", "y": None}, "codes": {"z": "Debt; Threats"}},
        "minor": {"from": "k", "codes": {"kid": "true"}},
        "country": {"constant": "MX"},
        "notes": {"from": "n", "dates": "day-month-year"},
        "zip": {"from": "z", "part": 1, "separator": "-"},
    }
    assert errors(columns, ignore=["otra"]) == []


def test_a_recipe_for_another_dataset_is_no_recipe_for_this(say):
    findings = lint_recipe(recipe({"x": "y"}), parse_dataset({**OTHER, "dataset": "others"}))
    assert say(findings.errors) == ["recipe-other-dataset"]
    assert findings.warnings == ()


OTHER = {"consent": "assumed", "consent_basis": "x", "columns": {"x": COLUMNS["notes"]}}


def test_a_column_that_the_dataset_lacks_is_named_with_the_nearest(say):
    (reason,) = lint_recipe(recipe({**WHOLE, "hram": "T"}), dataset()).errors
    assert (say([reason]), reason.params["nearest"]) == (["unknown-column"], "harm")


@pytest.mark.parametrize(
    ("column", "rule", "expected"),
    [
        ("harm", {"from": "x", "codes": {"a": "Otro"}}, ("recipe-unknown-code", ".codes")),
        ("harm", {"constant": "other"}, ("recipe-unknown-code", ".constant")),
        ("harm", {"from": "x", "otherwise": "Y"}, ("recipe-unknown-code", ".otherwise")),
        ("controls", {"flags": {"x": "Y"}}, ("recipe-unknown-code", ".flags")),
        ("minor", {"from": "x", "codes": {"a": "sí"}}, ("recipe-unknown-code", ".codes")),
        ("country", {"constant": "??"}, ("recipe-unknown-code", ".constant")),
        (
            "band",
            {"from": "x", "levels": [{"from": 0, "code": "baby"}]},
            ("recipe-unknown-code", ".levels"),
        ),
        (
            "harm",
            {"from": "x", "codes": {"sí": "Other", "SI": "Sexual"}},
            ("recipe-words-alike", ".codes"),
        ),
        ("notes", {"from": "x", "times": 2}, ("recipe-not-numbers", ".times")),
        (
            "age",
            {"from": "x", "levels": [{"from": 0, "code": "1"}]},
            ("recipe-levels-not-codes", ".levels"),
        ),
        ("age", {"from": "x", "dates": "day-month-year"}, ("recipe-not-dates", ".dates")),
        ("met_on", {"from": "x", "numbers": "comma"}, ("recipe-dates-and-numbers", ".numbers")),
        (
            "notes",
            {"from": "x", "dates": "day-month-year", "numbers": "comma"},
            ("recipe-dates-and-numbers", ".numbers"),
        ),
        ("harm", {"flags": {"a": "Other", "b": "Sexual"}}, ("recipe-several-codes", "")),
        ("harm", {"from": "x", "separator": "/"}, ("recipe-several-codes", "")),
        ("case_id", {"constant": "1"}, ("recipe-same-identifier", ".constant")),
        ("person_id", {"from": "x", "otherwise": "1"}, ("recipe-same-identifier", ".otherwise")),
        (
            "consent",
            {"from": "x", "otherwise": "aggregate"},
            ("recipe-consent-otherwise", ".otherwise"),
        ),
        (
            "consent",
            {"from": "x", "codes": {"none": "aggregate"}},
            ("recipe-consent-raised", ".codes"),
        ),
        ("consent", {"from": "x", "codes": {" None": None}}, ("recipe-consent-raised", ".codes")),
        (
            "consent",
            {"from": "x", "codes": {"nóne": "anonymized"}},
            ("recipe-consent-raised", ".codes"),
        ),
        ("consent", {"from": "x", "missing": ["none"]}, ("recipe-consent-raised", ".codes")),
        (
            "consent",
            {"flags": {"x": "pseudonymized"}, "yes": ["NÒNE"]},
            ("recipe-consent-raised", ".codes"),
        ),
        ("consent", {"from": "x", "codes": {"sí": "all"}}, ("recipe-unknown-code", ".codes")),
        ("funding", {"from": "x", "codes": {"VAWA": "otra"}}, ("recipe-hides-funding", "")),
        ("funding", {"from": "x", "missing": ["voca"]}, ("recipe-hides-funding", "")),
        ("funding", {"flags": {"VAWA": "otra"}}, ("recipe-hides-funding", "")),
    ],
)
def test_what_would_be_made_wrong_is_refused(errors, column, rule, expected):
    assert errors({column: rule}) == [(expected[0], f"columns.{column}{expected[1]}")]


def test_consent_may_be_narrowed_and_grants_be_named(errors):
    columns = {
        "consent": {"from": "x", "codes": {"anonymized": "aggregate", "sí": "anonymized"}},
        "funding": {"from": "y", "codes": {"OVW": "vawa"}, "missing": ["otra"]},
    }
    assert errors({**columns, "consent": {**columns["consent"], "otherwise": "none"}}) == []


def test_what_names_people_and_records_must_be_made(say):
    findings = lint_recipe(recipe({"harm": "x"}), dataset())
    assert say(findings.errors) == ["recipe-misses-column", "recipe-misses-column"]
    rows = dataset(privacy_unit="row", record_key=[])
    assert lint_recipe(recipe({"harm": "x"}), rows).errors == ()


def test_a_column_is_either_read_or_ignored(errors):
    assert errors({}, ignore=["N"]) == [("recipe-ignores-what-it-reads", "ignore")]


def test_a_recipe_for_a_later_version_is_refused(errors):
    assert errors({}, dataset_version=2) == [("recipe-too-new", "dataset_version")]


def test_what_limits_use_and_is_not_made_is_said(warnings):
    some = {"case_id": "N", "person_id": "P"}
    assert warnings(some, dataset_version=2) == [
        ("recipe-without-consent", "columns"),
        ("recipe-without-consent-end", "columns"),
        ("recipe-without-funding", "columns"),
    ]
    same = {**WHOLE, "consent": {"constant": "anonymized"}, "funding": {"constant": "ONU"}}
    assert warnings(same, dataset_version=2) == [
        ("recipe-same-consent", "columns.consent.constant"),
    ]


def test_an_older_recipe_is_said_to_be_older(warnings):
    assert warnings(WHOLE) == [("recipe-older", "dataset_version")]


def test_a_dataset_that_asks_nobody_misses_nothing():
    mine = parse_dataset({**OTHER, "dataset": "cases"})
    assert lint_recipe(recipe({"x": "y"}), mine).warnings == ()
