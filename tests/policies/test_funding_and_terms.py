from __future__ import annotations

from datetime import date

import pytest

from policies.consent import ContributorTerms, is_restricted, permits_class, strictest_terms


@pytest.mark.parametrize(
    "funding",
    [
        "vawa",
        "VAWA/VOCA",
        "VAWA|VOCA",
        "VAWA-2024",
        "vawa+voca",
        "OVW (VAWA)",
        "VAWA\u00a0VOCA",
        "\uff36\uff21\uff37\uff21",
        "V.A.W.A.",
        "fvpsa; state",
        "Victims of Crime Act",
        "Violence Against Women Act",
        "Family Violence Prevention and Services",
    ],
)
def test_restricted_funding_is_known_however_it_is_written(funding):
    assert is_restricted(funding)


@pytest.mark.parametrize("funding", [None, "", " ", "state", "private donors", "EU"])
def test_other_funding_is_not_restricted(funding):
    assert not is_restricted(funding)


def test_a_list_of_classes_with_other_words_names_nobody():
    assert permits_class("ngo; government", "ngo")
    assert not permits_class("government", "ngo")
    assert not permits_class("not ngo", "ngo")
    assert not permits_class("ngo?", "ngo")


def test_of_several_agreements_the_strictest_terms_count():
    first = ContributorTerms("pseudonymized", ("ngo", "government"), ())
    second = ContributorTerms("aggregate", ("government",), ("research",))
    assert strictest_terms([first]) == first
    assert strictest_terms([first, second]) == ContributorTerms(
        "aggregate", ("government",), ("research",)
    )


def test_of_several_ends_the_first_counts():
    soon, later = date(2026, 2, 1), date(2026, 3, 1)
    ends = [ContributorTerms(share_until=end) for end in (later, None, soon)]
    assert strictest_terms(ends).share_until == soon
    assert strictest_terms(ends[1:2]).share_until is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ContributorTerms(share_with=("ngo",)), ContributorTerms(share_with=("government",))),
        (ContributorTerms(share_for=("research",)), ContributorTerms(share_for=("planning",))),
    ],
)
def test_terms_that_share_nobody_allow_nothing(first, second):
    assert strictest_terms([first, second]).consent_max == "none"
