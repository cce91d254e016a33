"""Redacted free text in policies: a review, a consent, and words for all who read of it."""

from __future__ import annotations

from datetime import date

import pytest

from policies.describe import describe
from policies.documents import parse_partner, parse_policy
from policies.evaluation import PolicyVersion, evaluate
from policies.lint import lint
from policies.plans import OFFICERS, ColumnPlan, Permit, Redaction
from policies.requests import parse_request


@pytest.fixture
def redacting(research):
    """The research policy, with the narrative redacted as a test says."""

    def changed(rule, review=None):
        research["extract"]["columns"]["narrative"] = rule
        research["review"] = {"extract": review or 0}
        return research

    return changed


@pytest.fixture
def found(parsed_hotline, redacting, say):
    def lint_it(rule, review=None):
        findings = lint(parse_policy(redacting(rule, review)), parsed_hotline)
        say(findings.errors)
        say(findings.warnings)
        return [r.rule for r in findings.errors], [r.rule for r in findings.warnings]

    return lint_it


@pytest.mark.parametrize("rule", ["redact", {"redact": {"languages": ["es"]}}])
def test_one_officer_is_enough_for_listed_words(found, rule):
    assert found(rule)[0] == ["redact-without-review"]
    errors, warnings = found(rule, review=1)
    assert errors == []
    assert "redact-still-personal" in warnings
    assert "redact-trusts-recall" not in warnings


def test_two_officers_look_where_recall_is_trusted_and_the_extra_is_named(
    redacting, parsed_hotline, found
):
    rule = {"redact": {"keep": "unfound"}}
    assert found(rule, review=1)[0] == ["redact-without-review"]
    errors, warnings = found(rule, review=2)
    assert (errors, warnings[-2:]) == ([], ["redact-trusts-recall", "columns-unnamed"])
    findings = lint(parse_policy(redacting(rule, 2)), parsed_hotline)
    assert "pip install 'weir[text]'" in [r.params.get("install") for r in findings.warnings]


@pytest.mark.parametrize(
    ("rule", "rules"),
    [
        ({"redact": {"languages": []}}, ["must-not-be-empty"]),
        ({"redact": {"languages": ["en", "en"]}}, ["named-twice"]),
        ({"redact": {"languages": ["fr"]}}, ["not-one-of"]),
        ({"redact": {"keep": "names"}}, ["not-one-of"]),
        ({"redact": {"keeps": "listed"}}, ["unknown-key"]),
        ({"redact": {}, "drop": {}}, ["exactly-one-of"]),
    ],
)
def test_what_makes_no_sense_is_refused(redacting, problems, rule, rules):
    assert [name for name, _ in problems(parse_policy, redacting(rule, 1))] == rules


@pytest.fixture
def plan_of(redacting, parsed_hotline, read_example):
    partner = parse_partner(read_example("hotline/harbor-network.yaml"))

    def planned(rule, review=1, **asked):
        policy = PolicyVersion("p" * 64, parse_policy(redacting(rule, review)))
        body = {"dataset": "hotline-cases", "purpose": "service-planning", **asked}
        answer = evaluate(
            parse_request(body),
            partner=partner,
            dataset=parsed_hotline,
            dataset_sha="d" * 64,
            policies={"ngo-research": policy},
            today=date(2026, 6, 1),
            suspended=False,
        )
        assert isinstance(answer, Permit), answer
        return answer.plan

    return planned


def test_the_plan_says_what_stays_and_asks_for_the_strongest_consent(plan_of):
    plan = plan_of({"redact": {"languages": ["es", "en"]}}, columns=["age", "narrative"])
    redaction = Redaction(("en", "es"), "listed")
    assert plan.redacted == (ColumnPlan("narrative", "redact", redaction=redaction),)
    assert plan.consent_needed == "pseudonymized"
    assert plan_of("redact", columns=["age"]).consent_needed == "anonymized"


def test_officers_are_asked_for_by_what_is_in_the_file(plan_of):
    assert OFFICERS == {"listed": 1, "unfound": 2}
    unfound = {"redact": {"keep": "unfound"}}
    assert plan_of("redact", review=3).least_reviews == 3
    assert plan_of(unfound, review=2).least_reviews == 2
    assert plan_of("redact", review=1, columns=["age"]).least_reviews == 1


def test_a_plan_that_got_past_the_lint_still_asks_for_officers(plan_of, monkeypatch):
    monkeypatch.setattr("policies.lint.policies.redaction_errors", lambda *_: ())
    assert plan_of("redact", review=0).least_reviews == 1
    assert plan_of({"redact": {"keep": "unfound"}}, review=0).least_reviews == 2
    assert plan_of("drop", review=0).least_reviews == 0


def test_a_condition_can_not_name_a_text(redacting, parsed_hotline):
    answers = {a.name: a for a in describe(parse_policy(redacting("redact", 1)), parsed_hotline)}
    assert answers["narrative"].where == ()


def test_a_partner_reads_that_placeholders_stand_for_the_rest(redacting, parsed_hotline, say):
    answers = {a.name: a for a in describe(parse_policy(redacting("redact", 1)), parsed_hotline)}
    assert answers["narrative"].action == "redact"
    assert say([answers["narrative"].reason]) == ["gets-redacted"]


def test_free_text_leaves_redacted_or_not_at_all(found):
    for rule in ("keep", "coarsen", "pseudonymize"):
        assert "free-text-released" in found(rule, review=1)[0]
