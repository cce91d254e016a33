"""For any question in numbers: what it costs, what it is, and that nothing else decides it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.messages import render
from policies.aggregates.evaluation import AggregatePermit, evaluate_aggregate
from policies.aggregates.keys import key_forms
from policies.aggregates.requests import parse_aggregate_request
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.planning import PolicyVersion
from policies.requests import RequestError

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples" / "hotline"


def text_of(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


DATASET = parse_dataset(text_of("hotline-cases.yaml"), text_of)
PARTNER = parse_partner(text_of("harbor-network.yaml"))
POLICY = parse_policy(text_of("ngo-research.yaml"))
LOOSER = yaml.safe_load(text_of("ngo-research.yaml"))
LOOSER["aggregate"]["group_by"][4] = {"column": "reported_on", "level": "day"}
LOOSER["aggregate"]["group_by"][6] = {"column": "citizenship"}
LOOSER = parse_policy(LOOSER)

measures = st.one_of(
    st.sampled_from(["count_people", "count_records"]),
    st.builds(lambda kind: {kind: "wage_debt"}, st.sampled_from(["sum", "mean", "median"])),
    st.builds(lambda q: {"quantile": {"column": "age", "q": q / 1000}}, st.integers(1, 999)),
    st.builds(
        lambda level: {"histogram": {"column": "age", "level": level}},
        st.sampled_from(["5-years", "20-years", "majority"]),
    ),
    st.builds(lambda name: {"distinct": name}, st.sampled_from(["exploitation", "industry"])),
)
keys = st.sampled_from(
    [
        *("exploitation", "controls", "state", "reported_on"),
        {"column": "gender", "level": "exact"},
        {"column": "reported_on", "level": "year"},
        {"column": "citizenship", "level": "un-region"},
        {"column": "state", "level": "us-region"},
    ]
)
clauses = st.sampled_from(
    [
        {"column": "state", "in": ["West", "CA"]},
        {"column": "reported_on", "in": ["2024", "2023-Q4"]},
        {"column": "reported_on", "from": "2024-01-01", "to": "2024-06-30"},
        {"column": "exploitation", "in": ["Servitude"]},
    ]
)
tables = st.fixed_dictionaries(
    {"measures": st.lists(measures, min_size=1, max_size=4)},
    optional={
        "group_by": st.lists(
            keys, max_size=2, unique_by=lambda key: key if isinstance(key, str) else key["column"]
        ),
        "where": st.lists(clauses, max_size=3),
        "totals": st.booleans(),
    },
)
prices = st.one_of(
    st.integers(10, 2000).map(lambda n: {"epsilon": n / 1000}),
    st.integers(10, 2000).map(lambda n: {"rho": n / 100_000}),
    st.sampled_from([5, 40, 10**5, 10**7]).map(lambda n: {"half_width": n}),
)
bodies = st.one_of(
    st.tuples(tables, prices).map(lambda both: both[0] | both[1]),
    st.tuples(st.lists(tables, min_size=1, max_size=3), prices).map(
        lambda both: {"queries": both[0]} | both[1]
    ),
)
bodies = st.tuples(bodies, st.booleans()).map(
    lambda drawn: {
        "dataset": "hotline-cases",
        "purpose": "research",
        **drawn[0],
        **({"clipped_share": True} if drawn[1] else {}),
    }
)


def decide(body, policy=POLICY, partner=PARTNER, sha="d"):
    return evaluate_aggregate(
        parse_aggregate_request(body),
        partner=partner,
        dataset=DATASET,
        dataset_sha=sha,
        policies={policy.policy: PolicyVersion("p", policy)},
        today=date(2026, 6, 1),
        suspended=False,
        rho_within=lambda epsilon, _: epsilon**2 / 40,
    )


def spell_differently(body, random):
    """Return the same question in another spelling: order, repetition, defaults, medians."""
    other = deepcopy(body)
    for table in other.get("queries", [other]):
        table["measures"] = [respelt(one) for one in (*table["measures"], table["measures"][0])]
        random.shuffle(table["measures"])
        where = [
            {**clause, "in": [*clause["in"][::-1], clause["in"][0]]} if "in" in clause else clause
            for clause in table.get("where", ())
        ]
        table["where"] = [*where[::-1], *where]
        table.setdefault("totals", False)
        table["group_by"] = [
            {"column": key} if isinstance(key, str) else key for key in table.get("group_by", ())
        ]
    return {**other, "non_negative": False}


def respelt(measure):
    if measure in ("count_people", "count_records"):
        return {measure: {}}
    if "median" in measure:
        return {"quantile": measure["median"]}
    asked = measure.get("quantile")
    return {"median": asked["column"]} if asked and asked["q"] == 0.5 else measure


@settings(max_examples=150, deadline=None)
@given(bodies, st.randoms(use_true_random=False))
def test_any_spelling_of_a_question_is_one_plan(body, random):
    answer = decide(body)
    if isinstance(answer, AggregatePermit):
        again = decide(spell_differently(body, random))
        assert again == answer
        assert decide(dict(answer.plan.request)) == answer
    else:
        check_words(answer.reasons)


@settings(max_examples=150, deadline=None)
@given(bodies)
def test_parts_cost_no_more_than_their_total(body):
    answer = decide(body)
    if not isinstance(answer, AggregatePermit) or "half_width" in body:
        return
    kind = "epsilon" if "epsilon" in body else "rho"
    prices = [getattr(one.price, kind) for one in answer.plan.components]
    assert sum(prices) <= Fraction(str(body[kind]))
    assert len(set(prices)) <= (2 if "clipped_share" in body else 1)
    for part in answer.plan.components:
        if kind == "epsilon":
            assert part.mechanism.scale * part.price.epsilon == part.sensitivity.l1
        else:
            assert 2 * part.mechanism.variance * part.price.rho == part.sensitivity.l2_squared


@settings(max_examples=100, deadline=None)
@given(bodies)
def test_every_component_stands_once_and_every_measure_finds_its_own(body):
    answer = decide(body)
    if not isinstance(answer, AggregatePermit):
        return
    plan = answer.plan
    assert len(set(plan.components)) == len(plan.components)
    used = set()
    for query in plan.queries:
        used |= {place for share in query.shares for level in share.components for place in level}
        for measure in query.measures:
            assert len(measure.components) == (len(query.group_by) + 1 if query.totals else 1)
            for level, places in enumerate(measure.components):
                left = {*query.group_by[: len(query.group_by) - level], measure.key} - {None}
                assert all(set(plan.components[place].group_by) == left for place in places)
                used |= {*places}
    assert used == {*range(len(plan.components))}
    assert all(
        "null" in key_forms(DATASET, key) for query in plan.queries for key in query.group_by
    )


@settings(max_examples=100, deadline=None)
@given(bodies)
def test_who_asks_and_what_else_a_policy_allows_change_no_component(body):
    # A column without a level is on the policy's finest: that is another question.
    body = deepcopy(body)
    for table in body.get("queries", [body]):
        table["group_by"] = [key for key in table.get("group_by", ()) if key != "reported_on"]
    other = PARTNER.model_copy(update={"partner": "another"})
    first, second = decide(body), decide(body, policy=LOOSER, partner=other, sha="e")
    assert isinstance(first, AggregatePermit) == isinstance(second, AggregatePermit)
    if isinstance(first, AggregatePermit):
        assert first.plan.components == second.plan.components
        assert first.plan.request == second.plan.request


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["measures", "queries", "group_by", "epsilon", "rho", "half_width", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["sum", "quantile", "q", "column"]), inner)
            ),
            max_leaves=5,
        ),
    )
)
def test_any_body_is_read_or_refused_with_words(body):
    try:
        decide({"dataset": "hotline-cases", "purpose": "research", **body})
    except RequestError as error:
        check_words(error.reasons)


def check_words(reasons):
    assert reasons
    assert all(render(reason, language) for reason in reasons for language in ("en", "es"))
