"""Filled gaps: what a policy may fill, and what a request may leave out of it."""

from __future__ import annotations

import pytest

from policies.describe import describe_limits
from policies.documents import parse_policy
from policies.requests import parse_request
from tests.policies.conftest import put
from tests.policies.test_evaluation import ask, partner, plan_of, refused

__all__ = ["ask", "partner", "refused"]


@pytest.fixture
def filling(research):
    """The research policy with two columns filled."""
    research["extract"]["fill"] = ["age", "exploitation"]
    return research


def test_columns_that_leave_with_a_value_may_be_filled(found, filling):
    assert found()[0] == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ages", "unknown-column"),
        ("person_id", "fill-not-released"),
        ("phone", "fill-not-released"),
        ("narrative", "fill-not-released"),
        ("consent", "fill-not-released"),
    ],
)
def test_nothing_else_may(found, filling, name, rule):
    filling["extract"]["fill"] = ["age", name]
    assert found()[0] == [(rule, "extract.fill[1]")]


def test_what_changes_between_records_isn_t_filled(found, filling):
    filling["extract"] |= {"max_records_per_person": 5, "sequence": ["reported_on", "state"]}
    filling["extract"]["fill"] = ["state"]
    assert found()[0] == [("fill-in-sequence", "extract.fill[0]")]


def test_a_row_that_is_a_person_has_no_other(found, filling, hotline):
    put(hotline, "privacy_unit", "row")
    assert ("fill-without-person", "extract.fill") in found()[0]


def test_all_that_may_be_is_filled_unless_a_request_chooses(ask, filling):
    assert plan_of(ask()).fill == ("age", "exploitation")
    assert plan_of(ask({"fill": ["exploitation"]})).fill == ("exploitation",)
    assert plan_of(ask({"fill": []})).fill == ()
    assert plan_of(ask({"columns": ["age", "state"]})).fill == ("age",)
    assert plan_of(ask({"columns": ["state"]})).fill is None


@pytest.mark.parametrize("chosen", [None, [], ["age"], ["exploitation", "age"]])
def test_a_canonical_request_asks_for_the_same_filling(ask, filling, chosen):
    plan = plan_of(ask({} if chosen is None else {"fill": chosen}))
    again = plan_of(ask(dict(plan.request)))
    assert (again.fill, again.request) == (plan.fill, plan.request)


def test_where_nothing_is_filled_requests_stay_what_they_were(ask):
    plan = plan_of(ask())
    assert plan.fill is None
    assert "fill" not in plan.request
    assert plan_of(ask({"fill": []})).request == plan.request
    assert parse_request(plan.request).fill is None


def test_nobody_chooses_what_isn_t_filled(refused, filling):
    assert refused({"fill": ["state"]}) == ["fill-not-offered"]
    assert refused({"fill": ["age"], "columns": ["state"]}) == ["fill-not-offered"]


def test_an_offer_says_what_is_filled(filling, parsed_hotline, say):
    limits = describe_limits(parse_policy(filling), parsed_hotline)
    say(limits)
    assert {"columns": "age, exploitation"} in [dict(one.params) for one in limits]
