from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.consent import (
    LEVELS,
    ConsentRules,
    ContributorTerms,
    Recipient,
    Record,
    effective_consent,
    statements_in_force,
)

TODAY = date(2026, 6, 1)
levels = st.sampled_from(LEVELS)
classes = st.sampled_from(["ngo", "government", "public"])
purposes = st.sampled_from(["research", "statistics"])
days = st.none() | st.sampled_from([TODAY + timedelta(days=n) for n in (-1, 0, 1)])
records = st.builds(
    Record,
    consent=st.none() | levels | st.sampled_from(["", "yes", " Aggregate "]),
    ends=days,
    sequence=st.integers(0, 3),
    contributor=st.sampled_from(["", "shelter", "hotline"]),
    refused=st.booleans(),
    share_with=st.none() | st.sampled_from(["", "ngo", "ngo;public", "government"]),
    share_for=st.none() | st.sampled_from(["", "research", "research, statistics"]),
    funding=st.none() | st.sampled_from(["", "vawa", "county", "county;VOCA"]),
)
terms_of = st.builds(
    ContributorTerms,
    consent_max=levels,
    share_with=st.lists(classes, max_size=2).map(tuple),
    share_for=st.lists(purposes, max_size=2).map(tuple),
)
rules_of = st.builds(
    ConsentRules,
    assumed=st.booleans(),
    default=st.sampled_from(LEVELS[:2]),
    after_end=st.sampled_from(LEVELS[:2]),
)
recipients = st.builds(Recipient, classes, purposes, st.just(TODAY))
cases = st.tuples(records, st.lists(records, max_size=3), terms_of, rules_of, recipients)


def level_of(record, others, terms, rules, recipient):
    answer = effective_consent(record, (record, *others), terms, rules, recipient)
    return LEVELS.index(answer.level)


@settings(max_examples=300, deadline=None)
@given(cases)
def test_nothing_goes_further_than_its_contributor_allows(case):
    assert level_of(*case) <= LEVELS.index(case[2].consent_max)


@settings(max_examples=300, deadline=None)
@given(cases, st.sampled_from(["", "shelter", "new"]))
def test_a_newer_statement_of_none_stops_every_record(case, giver):
    record, others, terms, rules, recipient = case
    newest = Record(consent="none", sequence=9, contributor=giver)
    assert level_of(record, [*others, newest], terms, rules, recipient) == 0


@settings(max_examples=300, deadline=None)
@given(cases, st.lists(records.filter(lambda one: one.contributor), min_size=1, max_size=3))
def test_nothing_that_others_say_raises_what_one_recorded(case, later):
    record, others, *rest = case
    own = [replace(one, contributor="") for one in others]
    record = replace(record, contributor="")
    later = [replace(one, sequence=one.sequence + 9) for one in later]
    assert level_of(record, own + later, *rest) <= level_of(record, own, *rest)


@settings(max_examples=300, deadline=None)
@given(cases)
def test_what_one_recorded_last_accepted_takes_the_place_of_what_it_recorded_before(case):
    record, others, *rest = case
    record = replace(record, consent="pseudonymized", ends=None, sequence=9, refused=False)
    before = [one for one in others if one.contributor != record.contributor]
    assert level_of(record, others, *rest) == level_of(record, before, *rest)


@settings(max_examples=300, deadline=None)
@given(st.lists(records, max_size=8))
def test_in_force_is_what_is_in_force_of_each_contributor_alone(said):
    kept = {id(one) for one in statements_in_force(said)}
    for giver in {one.contributor for one in said}:
        alone = [one for one in said if one.contributor == giver]
        accepted = [one.sequence for one in alone if not one.refused]
        last = max(accepted, default=0)
        assert {id(one) for one in alone} & kept == {
            id(one) for one in alone if one.sequence >= last
        }


@settings(max_examples=300, deadline=None)
@given(cases, st.lists(records, max_size=4))
def test_nothing_that_was_said_under_a_linked_identity_raises_a_level(case, linked):
    record, others, *rest = case
    theirs = [replace(one, identity="another") for one in linked]
    assert level_of(record, others + theirs, *rest) <= level_of(record, others, *rest)


@settings(max_examples=300, deadline=None)
@given(cases, st.sampled_from([TODAY, TODAY - timedelta(days=400)]))
def test_an_end_never_raises_a_level(case, day):
    record, others, *rest = case
    endless = level_of(replace(record, ends=None, funding=None), others, *rest)
    assert level_of(replace(record, ends=day, funding=None), others, *rest) <= endless


@settings(max_examples=300, deadline=None)
@given(cases, st.sampled_from(["vawa", "fvpsa, x", "VOCA"]))
def test_restricted_funding_never_raises_a_level(case, funding):
    record, *rest = case
    assert level_of(replace(record, funding=funding), *rest) <= level_of(record, *rest)


@settings(max_examples=300, deadline=None)
@given(cases)
def test_restricted_funding_without_a_future_end_is_in_no_row_level_product(case):
    record, *rest = case
    restricted = replace(record, funding="vawa", ends=None)
    assert level_of(restricted, *rest) <= LEVELS.index("aggregate")


@settings(max_examples=300, deadline=None)
@given(cases)
def test_order_of_a_person_s_records_does_not_matter(case):
    record, others, *rest = case
    assert level_of(record, others, *rest) == level_of(record, others[::-1], *rest)
