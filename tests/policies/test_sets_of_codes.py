"""Cells with several codes that a policy splits, groups or counts: lint, plan, and what is told."""

from __future__ import annotations

import pytest

from anonymizers.transforms.counts import Counts
from anonymizers.transforms.groups import Groups
from anonymizers.transforms.split import Split
from policies.describe import describe
from policies.documents import parse_dataset, parse_policy
from policies.lint import lint
from policies.versions import canonical_document
from tests.policies.conftest import hotline_file

COLUMNS = "extract.columns"
TREE = "Debt;Money;Means\nWages;Money;Means\nThreats;Fear;Means\n"
RULES = [{"split": {}}, {"group": {"level": "level-1"}}, {"count": {}}]
PLANNED = [
    Split(";", ("Debt", "Wages", "Threats"), 2),
    Groups(";", "level-1", (("Debt", "Money"), ("Wages", "Money"), ("Threats", "Fear"))),
    Counts(";", 2),
]


@pytest.fixture
def cases(hotline):
    hotline["columns"]["means"] = {
        "type": "string",
        "role": "sensitive",
        "codes": ["Debt", "Wages", "Threats"],
        "multiple": ";",
        "max_codes": 2,
        "ladder": "means",
    }
    hotline["ladders"]["means"] = {"text": TREE}
    return hotline


@pytest.fixture
def found(cases, research, say):
    def lint_with(**rules):
        research["extract"]["columns"] |= rules
        findings = lint(parse_policy(research), parse_dataset(cases, hotline_file))
        say((*findings.errors, *findings.warnings))
        return [
            [(reason.rule, reason.params["path"]) for reason in reasons]
            for reasons in (findings.errors, findings.warnings)
        ]

    return lint_with


@pytest.mark.parametrize("rule", [*RULES, "split", "count"])
def test_every_rule_that_fits_passes_and_comes_back(found, research, rule):
    assert found(means=rule)[0] == []
    policy = parse_policy(research)
    assert parse_policy(canonical_document(policy).decode()) == policy


@pytest.mark.parametrize(("rule", "planned"), list(zip(RULES, PLANNED, strict=True)))
def test_the_plan_knows_the_codes_and_their_groups(cases, research, say, rule, planned):
    research["extract"]["columns"]["means"] = rule
    policy, dataset = parse_policy(research), parse_dataset(cases, hotline_file)
    change = policy.extract.columns["means"].change
    assert change.planned("means", dataset) == planned
    (answer,) = [one for one in describe(policy, dataset) if one.name == "means"]
    assert answer.action == next(iter(rule))
    assert say([answer.reason])[0] in {"gets-split", "gets-grouped", "gets-counted"}


@pytest.mark.parametrize(
    ("name", "rule", "expected"),
    [
        ("exploitation", "split", ("sets-without-multiple", ".split")),
        ("exploitation", "count", ("sets-without-multiple", ".count")),
        ("wage_debt", "split", ("action-not-for-type", ".split")),
        ("age", "count", ("quasi-identifier-unprotected", "")),
        ("controls", {"group": {"level": "level-1"}}, ("group-without-ladder", ".group.level")),
        ("means", {"group": {"level": "level-3"}}, ("group-level-unknown", ".group.level")),
        ("means", {"group": {"level": "exact"}}, ("group-level-unknown", ".group.level")),
        ("means", {"group": {"level": "*"}}, ("group-level-unknown", ".group.level")),
    ],
)
def test_a_rule_that_does_not_fit_is_an_error(found, research, name, rule, expected):
    research["extract"]["protect"]["l"] = {}
    errors, _ = found(**{name: rule})
    assert errors == [(expected[0], f"{COLUMNS}.{name}{expected[1]}")]


def test_a_taxonomy_that_can_not_be_read_is_told_of_the_dataset(found, cases):
    cases["ladders"]["means"] = {"text": "Debt;Money\nDebt;Fear"}
    assert found(means={"group": {"level": "level-1"}})[0] == []


def test_a_group_never_holds_the_separator(found, cases):
    cases["ladders"]["means"] = {"text": 'Debt;"Money; all"\nWages;Money\nThreats;Fear'}
    where = (f"{COLUMNS}.means.group.level",)
    assert found(means={"group": {"level": "level-1"}})[0] == [("group-has-separator", *where)]


def test_no_two_columns_of_a_file_have_one_name(found, cases):
    cases["columns"]["MEANS_debt"] = {"type": "boolean", "role": "insensitive"}
    assert found(means="split")[0] == [("split-name-taken", f"{COLUMNS}.means.split")]


def test_two_splits_never_make_one_name(found, cases):
    cases["columns"]["means_Debt"] = {
        **cases["columns"]["means"],
        "codes": ["x", "y"],
    }
    cases["columns"]["means"]["codes"] = ["Debt x", "Wages"]
    errors, _ = found(unknown="split", wage_debt="split", means_Debt="split", means="split")
    assert [one for one in errors if one[0] == "split-name-taken"] == [
        ("split-name-taken", f"{COLUMNS}.means.split")
    ]


def test_that_nothing_counts_what_a_group_shares_is_a_warning(found):
    assert ("split-without-l", f"{COLUMNS}.means") in found(means="split")[1]
    assert ("sensitive-without-l", "extract.protect.l") in found(means="count")[1]


@pytest.mark.parametrize(
    ("rule", "model", "expected"),
    [
        ("split", {"l": {"means": 2}}, "model-on-changed-values"),
        ({"group": {"level": "level-1"}}, {"l": {"means": 2}}, None),
        ({"group": {"level": "level-1"}}, {"t": {"means": 0.3}}, "model-not-for-sets"),
        ("count", {"l": {"means": {"entropy": 1.5}}}, None),
        ("count", {"t": {"means": 0.3}}, None),
    ],
)
def test_models_are_counted_on_what_leaves(found, research, rule, model, expected):
    research["extract"]["protect"] |= {"l": {}, **model}
    errors = [one for one, _ in found(means=rule)[0]]
    assert errors == ([] if expected is None else [expected])


def test_a_group_needs_its_level(problems, research):
    research["extract"]["columns"]["means"] = "group"
    assert ("missing-key", f"{COLUMNS}.means.group.level") in problems(parse_policy, research)
