from __future__ import annotations

from gateway.contributors import contributor_terms

GIVES = {"dataset": "cases", "submits": True, "ends": "2027-12-31"}


def test_a_later_agreement_does_not_loosen_what_was_given_under_an_earlier_one(world):
    strict = {
        **GIVES,
        "agreement": "strict",
        "starts": "2026-01-01",
        "consent_max": "aggregate",
        "share_with": ["government"],
    }
    loose = {**GIVES, "agreement": "loose", "starts": "2027-01-01"}
    world.partner("giver", agreements=[strict, loose])
    terms = contributor_terms(world.context.registry, "cases")["giver"]
    assert terms.consent_max == "aggregate"
    assert terms.share_with == ("government",)


def test_a_partner_that_only_asks_has_no_terms(world):
    assert "harbor" not in contributor_terms(world.context.registry, "cases")
