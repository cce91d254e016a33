from __future__ import annotations

import pytest

from policies.documents import parse_partner
from policies.lint import lint_partner


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
