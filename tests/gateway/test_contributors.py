from __future__ import annotations

from gateway.contributors import contributor_terms
from gateway.declarations import suspend_partner


def terms(world):
    return contributor_terms(world.context.registry, "cases")


def gives(name, dataset="cases", **changes):
    return {
        "agreement": name,
        "dataset": dataset,
        "submits": True,
        "starts": "2026-01-01",
        "ends": "2026-12-31",
        **changes,
    }


def test_partners_that_only_ask_have_no_terms(world):
    assert terms(world) == {}


def test_terms_outlive_the_agreement_and_the_partners_good_standing(world):
    world.contributor("shelter", consent_max="anonymized", ends="2026-02-01")
    suspend_partner(world.context, "shelter")
    assert terms(world)["shelter"].consent_max == "anonymized"


def test_terms_are_a_datasets_own(world):
    agreements = [gives("here", consent_max="aggregate"), gives("there", dataset="others")]
    world.partner("shelter", agreements=agreements)
    assert terms(world)["shelter"].consent_max == "aggregate"


def test_of_two_agreements_nothing_that_one_forbids_is_allowed(world):
    agreements = [
        gives("first", consent_max="anonymized", share_with=["ngo", "government"]),
        gives("second", share_with=["ngo"], share_for=["research"]),
    ]
    world.partner("shelter", agreements=agreements)
    both = terms(world)["shelter"]
    assert both.consent_max == "anonymized"
    assert both.share_with == ("ngo",)
    assert both.share_for == ("research",)
