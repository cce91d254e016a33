from __future__ import annotations

import pytest

from policies.documents import parse_dataset, parse_partner
from policies.lint import lint_partner
from tests.policies.conftest import hotline_file


@pytest.fixture
def partner():
    return {
        "partner": "harbor",
        "name": "Harbor",
        "class": "ngo",
        "jwks_file": "harbor.jwks.json",
        "agreements": [
            {
                "agreement": "asks",
                "dataset": "hotline-cases",
                "policy": "ngo-research",
                "purposes": ["research"],
                "starts": "2026-01-01",
                "ends": "2026-12-31",
            },
            {
                "agreement": "gives",
                "dataset": "hotline-cases",
                "submits": True,
                "starts": "2026-01-01",
                "ends": "2026-12-31",
            },
        ],
    }


def test_agreements_that_fit_their_policy_are_clean(partner, parsed_research):
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert (findings.errors, findings.warnings) == ((), ())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"policy": "ngo-reserch"}, "unknown-policy"),
        ({"dataset": "other-cases"}, "policy-for-other-dataset"),
        ({"purposes": ["sale"]}, "purpose-not-in-policy"),
    ],
)
def test_agreements_fit_the_policies_they_name(partner, parsed_research, say, change, expected):
    partner["agreements"][0].update(change)
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert say(findings.errors) == [expected]


def test_an_agreement_needs_a_policy_for_its_partner_s_class(partner, parsed_research, say):
    partner["class"] = "government"
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert say(findings.errors) == ["class-not-in-policy"]


def test_retention_beyond_an_agreement_is_warned_about(partner, parsed_research, say):
    partner["agreements"][0]["ends"] = "2026-12-30"
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert (findings.errors, say(findings.warnings)) == ((), ["retention-outlives-agreement"])


@pytest.fixture
def lint_agreements(partner, parsed_research, say):
    """Lint agreements of one partner; return rules with the agreement each is about."""

    def linted(*agreements):
        asks = partner["agreements"][0] | {"ends": "2027-12-31"}
        partner["agreements"] = [asks | agreement for agreement in agreements]
        found = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
        say(found.errors + found.warnings)
        return [
            [(reason.rule, reason.params.get("agreement")) for reason in reasons]
            for reasons in (found.errors, found.warnings)
        ], found

    return linted


def test_an_agreement_that_another_hides_every_day_is_refused(lint_agreements):
    rules, found = lint_agreements({"agreement": "a"}, {"agreement": "b"})
    assert rules == [[("agreement-never-used", "b")], []]
    assert found.errors[0].params["others"] == "a"
    rules, _ = lint_agreements({"agreement": "a"}, {"agreement": "b", "ends": "2028-01-01"})
    assert rules == [[("agreement-never-used", "a")], []]


def test_a_renewal_that_begins_early_is_warned_of_with_its_days(lint_agreements):
    renewal = {"agreement": "b", "starts": "2027-07-01", "ends": "2029-06-30"}
    rules, found = lint_agreements({"agreement": "a"}, renewal)
    assert rules == [[], [("agreement-hidden", "a")]]
    said = found.warnings[0].params
    assert (said["other"], said["first"], said["last"]) == ("b", "2027-07-01", "2027-12-31")


def test_an_agreement_hidden_for_one_purpose_alone_is_warned_of(lint_agreements):
    both = ["research", "service-planning"]
    rules, found = lint_agreements({"agreement": "a"}, {"agreement": "b", "purposes": both})
    assert rules == [[], [("agreement-hidden", "b")]]
    assert found.warnings[0].params["purpose"] == "research"


@pytest.mark.parametrize(
    "other",
    [
        {"purposes": ["service-planning"]},
        {"starts": "2028-01-01", "ends": "2029-12-31"},
        {"dataset": "other-cases"},
    ],
)
def test_agreements_that_never_meet_are_not_warned_of(lint_agreements, other):
    (errors, warnings), _ = lint_agreements({"agreement": "a"}, {"agreement": "b", **other})
    rules = {rule for rule, _ in errors + warnings}
    assert not rules & {"agreement-never-used", "agreement-hidden"}


@pytest.fixture
def budget_warnings(partner, hotline, parsed_research, say):
    def warnings(budget, theirs):
        partner["agreements"][1]["budget"] = budget
        dataset = parse_dataset({**hotline, "budget": theirs}, hotline_file)
        parsed, policies = parse_partner(partner), {"ngo-research": parsed_research}
        assert lint_partner(parsed, policies).warnings == ()
        return say(lint_partner(parsed, policies, {"hotline-cases": dataset}).warnings)

    return warnings


@pytest.mark.parametrize(
    ("budget", "theirs", "expected"),
    [
        ({"epsilon": 2, "delta": 1e-7}, {"epsilon": 8, "delta": 1e-6}, []),
        ({"epsilon": 9, "delta": 1e-7}, {"epsilon": 8, "delta": 1e-6}, []),
        (
            {"epsilon": 8, "delta": 1e-6},
            {"epsilon": 8, "delta": 1e-6},
            ["contributor-budget-unused"],
        ),
        ({"epsilon": 2, "delta": 1e-7}, None, ["contributor-budget-unused"]),
    ],
)
def test_a_contributor_s_budget_that_never_binds_is_said(budget_warnings, budget, theirs, expected):
    assert budget_warnings(budget, theirs) == expected
