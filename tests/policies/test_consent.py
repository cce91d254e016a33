from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.consent import (
    ConsentRules,
    ContributorTerms,
    Recipient,
    Record,
    effective_consent,
)
from policies.documents import parse_dataset, parse_labels, parse_partner

TODAY = date(2026, 6, 1)
TOMORROW = TODAY + timedelta(days=1)
RULES = ConsentRules(assumed=False, default="none", after_end="none")
HARBOR = Recipient("ngo", "research", TODAY)
OPERATOR = ContributorTerms()
FULL = Record(consent="pseudonymized")


@pytest.fixture
def answer(say):
    """Return (level, strictest rule) of a record, worded in both languages on the way."""

    def effective(record, person=(), *, terms=OPERATOR, rules=RULES, recipient=HARBOR):
        result = effective_consent(record, (record, *person), terms, rules, recipient)
        say([result.strictest])
        return result.level, result.strictest.rule

    return effective


@pytest.mark.parametrize("level", ["none", "aggregate", "anonymized", "pseudonymized"])
def test_a_record_goes_as_far_as_it_says(answer, level):
    assert answer(Record(consent=level)) == (level, "consent-stated")


@pytest.mark.parametrize("value", [" Anonymized\n", "ANONYMIZED"])
def test_case_and_blanks_do_not_change_what_was_said(answer, value):
    assert answer(Record(consent=value))[0] == "anonymized"


@pytest.mark.parametrize("value", ["yes", "pseudonymised", "anonymized pseudonymized"])
def test_an_unknown_value_is_none(answer, value):
    assert answer(Record(consent=value)) == ("none", "consent-unknown-value")


@pytest.mark.parametrize("value", [None, "", " \t"])
@pytest.mark.parametrize("default", ["none", "aggregate"])
def test_an_empty_value_is_the_dataset_s_default(answer, value, default):
    rules = ConsentRules(assumed=False, default=default, after_end="none")
    assert answer(Record(consent=value), rules=rules) == (default, "consent-default")


def test_a_product_takes_what_reaches_its_level(answer):
    result = effective_consent(
        Record(consent="anonymized"), [Record(consent="anonymized")], OPERATOR, RULES, HARBOR
    )
    assert [result.permits(p) for p in ("aggregate", "anonymized", "pseudonymized")] == [
        True,
        True,
        False,
    ]


def test_consent_ends_on_its_day_and_not_before(answer):
    ending = Record(consent="pseudonymized", ends=TODAY)
    assert answer(ending) == ("none", "consent-ended")
    assert answer(Record(consent="pseudonymized", ends=TOMORROW))[0] == "pseudonymized"


def test_after_its_end_a_record_counts_as_the_dataset_says(answer):
    rules = ConsentRules(assumed=False, default="none", after_end="aggregate")
    ended = Record(consent="anonymized", ends=TODAY)
    assert answer(ended, rules=rules) == ("aggregate", "consent-ended")


@pytest.mark.parametrize("value", ["none", "", "nonsense"])
def test_an_end_never_allows_more_than_the_value_did(answer, value):
    rules = ConsentRules(assumed=False, default="none", after_end="aggregate")
    assert answer(Record(consent=value, ends=TODAY), rules=rules)[0] == "none"


def test_the_newest_statement_caps_all_records_of_a_person(answer):
    newer = Record(consent="aggregate", sequence=2)
    assert answer(FULL, [newer]) == ("aggregate", "consent-newest-statement")


def test_an_older_statement_does_not_cap_a_newer_one(answer):
    older = Record(consent="none", sequence=0)
    assert answer(Record(consent="pseudonymized", sequence=1), [older])[0] == "pseudonymized"


def test_another_contributor_does_not_lift_a_withdrawal(answer):
    withdrawn = Record(consent="none", sequence=1)
    later = Record(consent="pseudonymized", sequence=2, contributor="shelter")
    assert answer(FULL, [withdrawn, later]) == ("none", "consent-newest-statement")
    assert answer(FULL, [later, withdrawn]) == ("none", "consent-newest-statement")


def test_whoever_recorded_a_withdrawal_lifts_it(answer):
    withdrawn = Record(consent="none", sequence=1, contributor="shelter")
    lifted = Record(consent="pseudonymized", sequence=2, contributor="shelter")
    assert answer(FULL, [withdrawn])[0] == "none"
    assert answer(FULL, [withdrawn, lifted])[0] == "pseudonymized"


def test_what_one_contributor_was_told_stops_all_records(answer):
    withdrawn = Record(consent="none", contributor="shelter")
    mine = Record(consent="pseudonymized", sequence=3)
    assert answer(mine, [withdrawn]) == ("none", "consent-newest-statement")


def test_a_refused_row_of_another_contributor_takes_back_too(answer):
    accepted = Record(consent="pseudonymized", sequence=1, contributor="shelter")
    older = Record(consent="none", sequence=0, contributor="shelter", refused=True)
    since = Record(consent="aggregate", sequence=2, contributor="shelter", refused=True)
    assert answer(FULL, [accepted, older])[0] == "pseudonymized"
    assert answer(FULL, [accepted, since])[0] == "aggregate"


def test_a_newer_record_without_a_statement_takes_nothing_back(answer):
    assert answer(FULL, [Record(sequence=5)])[0] == "pseudonymized"


def test_the_newest_statement_does_not_raise_an_older_record(answer):
    newer = Record(consent="pseudonymized", sequence=2)
    assert answer(Record(consent="aggregate"), [newer])[0] == "aggregate"


def test_of_several_newest_statements_the_strictest_counts(answer):
    same = [Record(consent="anonymized", sequence=2), Record(consent="aggregate", sequence=2)]
    assert answer(FULL, same)[0] == "aggregate"


def test_the_newest_statement_ends_too(answer):
    assert answer(FULL, [Record(consent="pseudonymized", ends=TODAY, sequence=2)])[0] == "none"


def test_a_person_who_never_said_anything_has_the_default(answer):
    assert answer(Record(), [Record(sequence=3)]) == ("none", "consent-default")


def test_a_contributor_caps_its_records(answer):
    terms = ContributorTerms(consent_max="anonymized")
    assert answer(FULL, terms=terms) == ("anonymized", "consent-contributor-maximum")


def test_a_contributor_names_classes_and_purposes(answer):
    ngos = ContributorTerms(share_with=("ngo",), share_for=("research",))
    assert answer(FULL, terms=ngos)[0] == "pseudonymized"
    states = ContributorTerms(share_with=("government",))
    assert answer(FULL, terms=states) == ("none", "consent-contributor-class")
    planning = ContributorTerms(share_for=("service-planning",))
    assert answer(FULL, terms=planning) == ("none", "consent-contributor-purpose")


def test_a_contributor_says_until_when_its_records_may_be_used(answer):
    assert answer(FULL, terms=ContributorTerms(share_until=TODAY))[0] == "pseudonymized"
    ended = ContributorTerms(share_until=TODAY - timedelta(days=1))
    assert answer(FULL, terms=ended) == ("none", "consent-contributor-ended")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"consent_max": "aggregate"}, ("aggregate", "consent-label-maximum")),
        ({"share_with": ["government"]}, ("none", "consent-label-class")),
        ({"share_for": ["planning"]}, ("none", "consent-label-purpose")),
        ({"share_until": TODAY - timedelta(days=1)}, ("none", "consent-label-ended")),
        ({"funding": "VAWA"}, ("aggregate", "consent-restricted-funding")),
    ],
)
def test_a_submissions_labels_cap_its_records(answer, labels, expected):
    assert answer(replace(FULL, labels=parse_labels(labels))) == expected


def test_labels_that_allow_everything_change_nothing(answer):
    labels = parse_labels({"share_with": ["ngo"], "share_for": ["research"], "share_until": TODAY})
    assert answer(replace(FULL, labels=labels)) == answer(FULL)


@pytest.mark.parametrize("listed", ["ngo", "government;ngo", "government, NGO", "public ngo", " "])
def test_a_record_names_classes_in_any_list(answer, listed):
    assert answer(Record(consent="pseudonymized", share_with=listed))[0] == "pseudonymized"


@pytest.mark.parametrize("listed", ["government", "ngos", ";", "government;public"])
def test_a_class_that_is_not_named_gets_nothing(answer, listed):
    record = Record(consent="pseudonymized", share_with=listed)
    assert answer(record) == ("none", "consent-class")


def test_a_purpose_that_is_not_named_gets_nothing(answer):
    record = Record(consent="pseudonymized", share_for="service-planning")
    assert answer(record) == ("none", "consent-purpose")


WRITTEN = {
    "consent": "pseudonymized",
    "ends": TOMORROW,
    "share_with": "ngo",
    "share_for": "research",
}


@pytest.mark.parametrize("funding", ["vawa", "VOCA", "state;FVPSA", "other, voca", "VAWA 2026"])
def test_restricted_funding_is_in_no_row_level_product(answer, funding):
    record = Record(consent="pseudonymized", funding=funding)
    assert answer(record) == ("aggregate", "consent-restricted-funding")


@pytest.mark.parametrize("missing", ["ends", "share_with", "share_for"])
def test_restricted_funding_needs_every_part_of_written_consent(answer, missing):
    assert answer(Record(**WRITTEN, funding="vawa"))[0] == "pseudonymized"
    assert answer(Record(**{**WRITTEN, missing: None}, funding="vawa"))[0] == "aggregate"


def test_restricted_funding_counts_no_default_as_written(answer):
    rules = ConsentRules(assumed=False, default="anonymized", after_end="none")
    record = Record(**{**WRITTEN, "consent": None}, funding="vawa")
    assert answer(record, rules=rules) == ("aggregate", "consent-restricted-funding")


def test_other_funding_restricts_nothing(answer):
    assert answer(Record(consent="pseudonymized", funding="county"))[0] == "pseudonymized"


def test_assumed_consent_is_full_but_for_funding_and_terms(answer):
    rules = ConsentRules(assumed=True, default="none", after_end="none")
    assert answer(Record(), rules=rules) == ("pseudonymized", "consent-assumed")
    assert answer(Record(funding="voca"), rules=rules)[0] == "aggregate"
    terms = ContributorTerms(consent_max="none")
    assert answer(Record(), rules=rules, terms=terms)[0] == "none"


def test_rules_and_terms_come_from_documents(parsed_hotline, read_example):
    assert ConsentRules.of(parsed_hotline) == RULES
    row = parse_dataset(read_example("ctdc/ctdc-victims.yaml"))
    assert ConsentRules.of(row).assumed
    asks, gives = parse_partner(read_example("hotline/harbor-network.yaml")).agreements
    assert ContributorTerms.of(gives) == ContributorTerms("anonymized", ("ngo", "government"))
    assert ContributorTerms.of(asks) == OPERATOR
