from __future__ import annotations

import pytest

from policies.documents import parse_dataset, parse_policy
from policies.lint import lint, lint_dataset
from tests.policies.conftest import hotline_file


@pytest.fixture
def dataset_errors(hotline, say):
    def errors():
        found = lint_dataset(parse_dataset(hotline)).errors
        say(found)
        return [(reason.rule, reason.params["path"]) for reason in found]

    return errors


def test_every_ladder_of_places_can_be_declared(hotline, dataset_errors):
    for name in ("us-postcode", "us-county", "city", "country", "us-state"):
        hotline["columns"][name] = {"type": "string", "role": "quasi_identifier", "ladder": name}
    point = {"type": "point", "role": "quasi_identifier", "ladder": "point"}
    hotline["columns"]["place"] = point
    hotline["ladders"]["language"] = {"text": "eng;English\n"}
    assert dataset_errors() == []


def test_a_taxonomy_whose_file_was_not_read_is_refused(dataset_errors):
    assert dataset_errors() == [("ladder-broken", "ladders.language")]


def test_a_taxonomy_that_does_not_refine_is_refused_with_what_shows_it(hotline, say):
    hotline["ladders"]["language"] = {"text": "eng;A;X\nspa;A;Y\n"}
    (reason,) = lint_dataset(parse_dataset(hotline)).errors
    say([reason])
    assert "'eng'" in reason.params["detail"]
    assert "'spa'" in reason.params["detail"]


def test_bounds_that_a_ladder_cannot_hold_are_refused(hotline, dataset_errors):
    hotline["ladders"]["language"] = {"text": "eng;English\n"}
    hotline["columns"]["age"]["bounds"] = [0, 900]
    assert dataset_errors() == [("ladder-broken", "columns.age")]


def test_a_dataset_without_a_privacy_unit_is_warned_about(hotline, say):
    del hotline["privacy_unit"]
    findings = lint_dataset(parse_dataset(hotline, lambda _: "eng;English\n"))
    assert (findings.errors, say(findings.warnings)) == ((), ["no-privacy-unit"])


def test_a_taxonomy_that_can_not_be_is_the_datasets_error_not_the_policys(hotline, research):
    hotline["columns"]["language"]["ladder"] = "tongue"
    hotline["ladders"] = {"tongue": {"file": "tongue.csv"}}
    research["extract"]["columns"]["language"] = "coarsen"
    dataset = parse_dataset(hotline, lambda _: "eng;English\nspa\n")
    assert lint(parse_policy(research), dataset).errors == ()
    assert lint_dataset(dataset).errors


def test_datasets_of_one_budget_group_say_one_budget(hotline, parsed_hotline, say):
    calls = parse_dataset({**hotline, "dataset": "calls"}, hotline_file)
    assert lint_dataset(calls, [parsed_hotline, calls]).warnings == ()
    less = parse_dataset({**hotline, "dataset": "calls", "budget": None}, hotline_file)
    found = lint_dataset(less, [parsed_hotline])
    assert found.errors == ()
    assert say(found.warnings) == ["budget-group-differs"]
    assert (found.warnings[0].params["ours"], found.warnings[0].params["theirs"]) == (
        "-",
        "epsilon 8, delta 1e-06",
    )
    alone = parse_dataset({**hotline, "dataset": "calls", "budget_group": None}, hotline_file)
    assert lint_dataset(alone, [parsed_hotline]).warnings == ()


def migration_findings(hotline, say, version, *steps):
    dataset = parse_dataset(
        {**hotline, "version": version, "migrations": [*steps]}, lambda _: "eng;English\n"
    )
    findings = lint_dataset(dataset)
    say((*findings.errors, *findings.warnings))
    return [
        [(reason.rule, reason.params["path"]) for reason in found]
        for found in (findings.errors, findings.warnings)
    ]


def test_steps_that_recipes_can_follow_are_in_order(hotline, say):
    codes = {"exploitation": {"Old": hotline["columns"]["exploitation"]["codes"][0], "Gone": None}}
    last = {"from": 2, "rename": {"years": "age"}, "codes": {**codes, "age": {"x": "y"}}}
    first = {"from": 1, "rename": {"old": "years"}, "drop": ["more"]}
    assert migration_findings(hotline, say, 3, first, last) == [[], []]


def test_a_version_without_a_step_is_said(hotline, say):
    assert migration_findings(hotline, say, 3, {"from": 2}) == [
        [],
        [("migration-missing", "migrations")],
    ]


def test_steps_that_lead_nowhere_are_refused(hotline, say):
    last = {"from": 1, "rename": {"age": "ages"}, "codes": {"exploitation": {"a": "b"}}}
    errors, _ = migration_findings(hotline, say, 2, last, {"from": 1}, {"from": 2, "drop": ["age"]})
    assert errors == [
        ("migration-twice", "migrations[0].from"),
        ("unknown-column", "migrations[0].rename"),
        ("migration-column-there", "migrations[0]"),
        ("recipe-unknown-code", "migrations[0].codes.exploitation"),
        ("migration-twice", "migrations[1].from"),
        ("migration-beyond-version", "migrations[2].from"),
    ]
