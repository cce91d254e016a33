"""The engine's form of consent equals the reference of `policies.consent`, record by record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.engine import hush_ibis
from policies.consent import (
    LEVELS,
    ConsentRules,
    ContributorTerms,
    Recipient,
    Record,
    Statement,
    effective_consent,
    stated_level,
)
from policies.documents import NO_LABELS, SubmissionLabels, parse_dataset

TODAY = date(2026, 1, 15)
COLUMNS = {
    "consent": {"type": "string", "role": "consent"},
    "ends": {"type": "date", "role": "consent_end"},
    "funding": {"type": "string", "role": "funding"},
    "share_with": {"type": "string", "role": "share_with"},
    "share_for": {"type": "string", "role": "share_for"},
}
SCHEMA = pa.schema(
    {
        "weir_record": pa.int64(),
        "weir_person": pa.int64(),
        "weir_contributor": pa.string(),
        "weir_submission": pa.string(),
        "weir_sequence": pa.int64(),
        "consent": pa.string(),
        "ends": pa.date32(),
        "funding": pa.string(),
        "share_with": pa.string(),
        "share_for": pa.string(),
    }
)
SAID = pa.schema(
    {
        "weir_person": pa.int64(),
        "weir_identity": pa.string(),
        "contributor": pa.string(),
        "sequence": pa.int64(),
        "consent": pa.string(),
        "ends": pa.date32(),
        "refused": pa.bool_(),
    }
)
CLASSES = ("ngo", "government", "public")
PURPOSES = ("research", "service-planning")

values = st.sampled_from([None, "", "  ", *LEVELS, "Pseudonymized ", "ANONYMIZED", "yes"])
ends = st.sampled_from([None, *(TODAY + timedelta(days=d) for d in (-400, -1, 0, 1, 400))])
fundings = st.sampled_from([None, "", "vawa", "VOCA", "city; fvpsa", "vawaish"])
classes = st.sampled_from([None, " ", *CLASSES, "ngo;government", "public, NGO", ";"])
purposes = st.sampled_from([None, "", *PURPOSES, "research service-planning"])


class Row(NamedTuple):
    """One record, in the order of the columns after its root."""

    person: int
    giver: str
    submission: str
    sequence: int
    consent: str | None
    ends: date | None
    funding: str | None
    share_with: str | None
    share_for: str | None


records = st.lists(
    st.builds(
        Row,
        st.integers(0, 3),
        st.sampled_from(["", "shelter", "hotline"]),
        st.sampled_from(["sub_1", "sub_2", "sub_3"]),
        st.integers(1, 3),
        values,
        ends,
        fundings,
        classes,
        purposes,
    ),
    min_size=1,
    max_size=12,
)
gone = st.lists(  # what rows said that aren't there any more, or never came in
    st.tuples(
        st.integers(0, 3),  # person
        st.sampled_from(["", "shelter", "hotline", "gone"]),
        st.integers(1, 4),  # sequence
        values,
        ends,
        st.booleans(),  # refused
    ),
    max_size=8,
)
untils = st.sampled_from([None, *(TODAY + timedelta(days=d) for d in (-1, 0, 1))])
terms_of_contributors = st.builds(
    ContributorTerms,
    consent_max=st.sampled_from(LEVELS),
    share_with=st.lists(st.sampled_from(CLASSES), unique=True).map(tuple),
    share_for=st.lists(st.sampled_from(PURPOSES), unique=True).map(tuple),
    share_until=untils,
)
labels_of_submissions = st.dictionaries(
    st.sampled_from(["sub_1", "sub_2", "sub_4"]),
    st.builds(
        SubmissionLabels,
        consent_max=st.sampled_from([None, *LEVELS]),
        share_with=st.lists(st.sampled_from(CLASSES), unique=True).map(tuple),
        share_for=st.lists(st.sampled_from(PURPOSES), unique=True).map(tuple),
        share_until=untils,
        funding=st.sampled_from([None, "VAWA", "city"]),
    ),
)


@pytest.fixture(scope="module")
def backend():
    hush_ibis()
    return ibis.duckdb.connect()


def dataset(rules):
    columns = dict(COLUMNS)
    more = {"consent_default": rules.default, "consent_after_end": rules.after_end}
    if rules.assumed:
        del columns["consent"], columns["ends"]
        more |= {"consent": "assumed", "consent_basis": "published"}
    return parse_dataset({"dataset": "cases", "columns": columns, **more})


def all_said(rows, gone):
    """What the rows say, and what others said: person, and statement; two identities for each."""
    here = [
        (row.person, Statement(row.consent, row.ends, row.sequence, contributor=row.giver))
        for row in rows
    ]
    said = here + [
        (person, Statement(value, end, sequence, contributor=giver, refused=refused))
        for person, giver, sequence, value, end, refused in gone
    ]
    return [(person, replace(one, identity=f"{person}-{one.sequence % 2}")) for person, one in said]


def table_of(said):
    """The statements as the lake would hold them."""
    return pa.Table.from_pylist(
        [
            {
                "weir_person": person,
                "weir_identity": one.identity,
                "contributor": one.contributor,
                "sequence": one.sequence,
                "consent": stated_level(one.consent),
                "ends": one.ends,
                "refused": one.refused,
            }
            for person, one in said
            if stated_level(one.consent)
        ],
        schema=SAID,
    )


def asked(rows, rules):
    """The rows as a dataset has them: where consent is assumed no column says otherwise."""
    return [row._replace(consent=None, ends=None) for row in rows] if rules.assumed else rows


def by_the_engine(backend, rows, terms, product, *, gone=()):
    hush_ibis()
    rows = asked(rows, terms.rules)
    said = ibis.memtable(table_of(all_said(rows, gone)))
    table = pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, (number, *row), strict=True)) for number, row in enumerate(rows)],
        schema=SCHEMA,
    )
    document = dataset(terms.rules)
    judged = judge(backend, ibis.memtable(table), said, document, terms, product)
    found = backend.to_pyarrow(judged.select("weir_record", "weir_rule"))
    return dict(zip(*(column.to_pylist() for column in found.columns), strict=True))


def record_of(row, labels):
    return Record(
        row.consent, row.ends, row.sequence, row.share_with, row.share_for, row.funding, labels
    )


def by_the_reference(rows, gone, given_under, product):
    rules = given_under.rules
    rows = asked(rows, rules)
    said = [record_of(row, given_under.labels.get(row.submission, NO_LABELS)) for row in rows]
    people = defaultdict(list)
    for person, statement in all_said(rows, gone):
        people[person].append(statement)
    found = {}
    for number, (row, record) in enumerate(zip(rows, said, strict=True)):
        terms = given_under.contributors[row.giver] if row.giver else ContributorTerms()
        answer = effective_consent(record, people[row.person], terms, rules, product.recipient)
        permitted = answer.permits(product.needed)
        found[number] = PERMITTED if permitted else answer.strictest.rule
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=records,
    gone=gone,
    rules=st.builds(
        ConsentRules,
        assumed=st.booleans(),
        default=st.sampled_from(["none", "aggregate"]),
        after_end=st.sampled_from(["none", "aggregate"]),
    ),
    shelter=terms_of_contributors,
    hotline=terms_of_contributors,
    labels=labels_of_submissions,
    needed=st.sampled_from(LEVELS[1:]),
    partner_class=st.sampled_from(CLASSES),
    purpose=st.sampled_from(PURPOSES),
)
def test_the_engine_answers_as_the_reference_does(  # noqa: PLR0917 - fixtures
    backend, rows, gone, rules, shelter, hotline, labels, needed, partner_class, purpose
):
    terms = Terms(rules, {"shelter": shelter, "hotline": hotline}, labels)
    product = Product(needed, Recipient(partner_class, purpose, TODAY))
    assert by_the_engine(backend, rows, terms, product, gone=gone) == by_the_reference(
        rows, gone, terms, product
    )


def test_a_contributor_without_terms_has_allowed_nothing(backend):
    rows = [Row(1, "nobody", "sub_1", 1, "pseudonymized", None, None, None, None)]
    product = Product("aggregate", Recipient("ngo", "research", TODAY))
    rules = ConsentRules(assumed=False, default="none", after_end="none")
    found = by_the_engine(backend, rows, Terms(rules, {}), product)
    assert found == {0: "consent-contributor-unknown"}
