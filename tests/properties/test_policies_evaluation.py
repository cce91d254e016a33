from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.messages import render
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.evaluation import FORMATS, PolicyVersion, evaluate
from policies.planning import released_columns
from policies.plans import Permit
from policies.requests import data_request, parse_request

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples" / "hotline"


def text_of(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


DATASET = parse_dataset(text_of("hotline-cases.yaml"), text_of)
POLICY = parse_policy(text_of("ngo-research.yaml"))
PARTNER = parse_partner(text_of("harbor-network.yaml"))
RELEASED = tuple(released_columns(POLICY.extract, DATASET))
EDGES = ["2024-01-01", "2024-12-31", "2024-02-10", "18", "17", "20", "x", "2014-01-01"]
FORMS = ["CA", "West", "*", "other", "2024-03", "2024-03-05", "20-24", "21", "English", "eng"]

names = st.sampled_from([*DATASET.columns, "no_such"])
clauses = st.one_of(
    st.fixed_dictionaries(
        {"column": names, "in": st.lists(st.sampled_from(FORMS), min_size=1, max_size=3)}
    ),
    st.fixed_dictionaries(
        {"column": names, "from": st.sampled_from(EDGES)},
        optional={"to": st.sampled_from(EDGES)},
    ),
)
bodies = st.fixed_dictionaries(
    {
        "dataset": st.sampled_from(["hotline-cases"] * 9 + ["elsewhere"]),
        "purpose": st.sampled_from(["service-planning"] * 9 + ["sale"]),
    },
    optional={
        "columns": st.lists(st.sampled_from([*RELEASED, "phone"]), min_size=1, unique=True),
        "where": st.lists(clauses, max_size=2),
        "format": st.sampled_from([*FORMATS, "pdf"]),
    },
)


def decide(body, today=date(2026, 6, 1)):
    return evaluate(
        parse_request(body),
        partner=PARTNER,
        dataset=DATASET,
        dataset_sha="d",
        policies={POLICY.policy: PolicyVersion("p", POLICY)},
        today=today,
        suspended=False,
    )


@settings(max_examples=300, deadline=None)
@given(bodies, st.dates(date(2025, 1, 1), date(2029, 1, 1)))
def test_a_permit_never_gives_more_than_the_policy(body, today):
    answer = decide(body, today)
    if not isinstance(answer, Permit):
        assert answer.reasons
        assert all(render(reason, "es") for reason in answer.reasons)
        return
    plan = answer.plan
    assert {column.name for column in plan.columns} <= set(RELEASED)
    assert all(DATASET.columns[column.name].role != "free_text" for column in plan.columns)
    for column in plan.columns:
        if DATASET.columns[column.name].role == "direct_identifier":
            assert column.action == "pseudonymize"
        if DATASET.columns[column.name].role == "quasi_identifier":
            assert column.quasi_identifier
    assert {condition.column for condition in plan.where} <= set(RELEASED)
    assert plan.protection.k == 11
    assert date(2026, 1, 1) <= today <= date(2027, 12, 31)


@settings(max_examples=300, deadline=None)
@given(bodies)
def test_a_canonical_request_is_its_own_canonical_form(body):
    answer = decide(body)
    if isinstance(answer, Permit):
        again = decide(dict(answer.plan.request))
        assert isinstance(again, Permit)
        assert again.plan == answer.plan


@settings(max_examples=200, deadline=None)
@given(bodies, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_make_another_request(body, random):
    answer = decide(body)
    if not isinstance(answer, Permit):
        return
    shuffled = dict(body)
    if "columns" in shuffled:
        shuffled["columns"] = random.sample(shuffled["columns"], len(shuffled["columns"]))
    where = [dict(clause) for clause in shuffled.get("where", [])]
    for clause in where:
        if "in" in clause:
            clause["in"] = [*clause["in"][::-1], clause["in"][0]]
    shuffled["where"] = [*where[::-1], *where]
    again = decide(shuffled)
    assert isinstance(again, Permit)
    assert data_request(again.plan.request) == data_request(answer.plan.request)
