"""The engine's form of consent equals the reference of `policies.consent`, record by record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

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
from policies.documents import parse_dataset

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
records = st.lists(
    st.tuples(
        st.integers(0, 3),  # person
        st.sampled_from(["", "shelter", "hotline"]),
        st.integers(1, 3),  # sequence
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
terms_of_contributors = st.builds(
    ContributorTerms,
    consent_max=st.sampled_from(LEVELS),
    share_with=st.lists(st.sampled_from(CLASSES), unique=True).map(tuple),
    share_for=st.lists(st.sampled_from(PURPOSES), unique=True).map(tuple),
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
    here = [(row[0], Statement(row[3], row[4], row[2], contributor=row[1])) for row in rows]
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


def by_the_engine(backend, rows, rules, contributors, product, *, gone=()):
    hush_ibis()
    said = ibis.memtable(table_of(all_said(rows, gone)))
    table = pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, (number, *row), strict=True)) for number, row in enumerate(rows)],
        schema=SCHEMA,
    )
    terms = Terms(rules, contributors)
    judged = judge(backend, ibis.memtable(table), said, dataset(rules), terms, product)
    found = backend.to_pyarrow(judged.select("weir_record", "weir_rule"))
    return dict(zip(*(column.to_pylist() for column in found.columns), strict=True))


def by_the_reference(rows, gone, rules, contributors, product):
    if rules.assumed:  # such a dataset has no columns that say otherwise
        rows = [(*row[:3], None, None, *row[5:]) for row in rows]
    said = [Record(row[3], row[4], row[2], row[6], row[7], row[5]) for row in rows]
    people = defaultdict(list)
    for person, statement in all_said(rows, gone):
        people[person].append(statement)
    found = {}
    for number, (row, record) in enumerate(zip(rows, said, strict=True)):
        terms = contributors[row[1]] if row[1] else ContributorTerms()
        answer = effective_consent(record, people[row[0]], terms, rules, product.recipient)
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
    needed=st.sampled_from(LEVELS[1:]),
    partner_class=st.sampled_from(CLASSES),
    purpose=st.sampled_from(PURPOSES),
)
def test_the_engine_answers_as_the_reference_does(  # noqa: PLR0917 - fixtures
    backend, rows, gone, rules, shelter, hotline, needed, partner_class, purpose
):
    contributors = {"shelter": shelter, "hotline": hotline}
    product = Product(needed, Recipient(partner_class, purpose, TODAY))
    assert by_the_engine(
        backend, rows, rules, contributors, product, gone=gone
    ) == by_the_reference(rows, gone, rules, contributors, product)


def test_a_contributor_without_terms_has_allowed_nothing(backend):
    rows = [(1, "nobody", 1, "pseudonymized", None, None, None, None)]
    product = Product("aggregate", Recipient("ngo", "research", TODAY))
    rules = ConsentRules(assumed=False, default="none", after_end="none")
    assert by_the_engine(backend, rows, rules, {}, product) == {0: "consent-contributor-unknown"}
