from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.consent import (
    LEVELS,
    ConsentRules,
    ContributorTerms,
    Recipient,
    Record,
    effective_consent,
)
from policies.documents import NO_LABELS
from policies.documents.labels import SubmissionLabels, parse_labels
from policies.relabelling import loosens

TODAY = date(2026, 7, 1)
DAYS = [TODAY + timedelta(days=n) for n in (-1, 0, 1)]
CLASSES, PURPOSES = ["government", "ngo", "public"], ["planning", "research", "statistics"]
RULES = ConsentRules(assumed=False, default="none", after_end="none")
SCOPED = {"share_with": "ngo", "share_for": "research", "ends": DAYS[-1] + timedelta(days=9)}


def labels_with(funding):
    return st.builds(
        SubmissionLabels,
        consent_max=st.none() | st.sampled_from(LEVELS),
        share_with=st.lists(st.sampled_from(CLASSES[:2]), max_size=2, unique=True).map(tuple),
        share_for=st.lists(st.sampled_from(PURPOSES[:2]), max_size=2, unique=True).map(tuple),
        share_until=st.none() | st.sampled_from(DAYS[:2]),
        funding=funding,
    )


def goes_further(later, earlier):
    """Whether anybody may get more of any record under the later labels, on any day."""
    recipients = [Recipient(*one) for one in product(CLASSES, PURPOSES, DAYS)]
    records = [{"consent": "pseudonymized"}, {"consent": "pseudonymized", **SCOPED}]

    def level(said, labels, recipient):
        record = Record(**said, labels=labels)
        answer = effective_consent(record, (), ContributorTerms(), RULES, recipient)
        return LEVELS.index(answer.level)

    return any(
        level(said, later, recipient) > level(said, earlier, recipient)
        for said, recipient in product(records, recipients)
    )


@settings(max_examples=200, deadline=None)
@given(labels_with(st.none()), labels_with(st.none()))
def test_labels_loosen_exactly_where_a_record_may_go_further(later, earlier):
    assert loosens(later, earlier) == goes_further(later, earlier)


grants = st.none() | st.sampled_from(["vawa", "county", "county;VOCA"])


@settings(max_examples=200, deadline=None)
@given(labels_with(grants), labels_with(grants))
def test_no_loosening_is_missed_whatever_the_grants(later, earlier):
    assert loosens(later, earlier) or not goes_further(later, earlier)


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        ({}, {"funding": "vawa"}, True),
        ({"funding": "VAWA, county"}, {"funding": "vawa"}, False),
        ({"funding": "county"}, {"funding": "county"}, False),
        ({"share_with": ["government", "ngo"]}, {"share_with": ["ngo", "government"]}, False),
        ({"consent_max": "none"}, {"share_with": ["ngo"]}, False),
    ],
)
def test_grants_and_orders(later, earlier, expected):
    assert loosens(parse_labels(later), parse_labels(earlier)) is expected


def test_what_had_no_labels_is_never_loosened():
    assert not loosens(parse_labels({"share_with": ["ngo"]}), NO_LABELS)
    assert not loosens(NO_LABELS, NO_LABELS)
