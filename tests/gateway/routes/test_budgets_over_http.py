from __future__ import annotations

import pytest

from gateway.declarations import apply_policy, declare_dataset
from gateway.store.engine import writing
from gateway.store.tables import BudgetCap
from policies.documents import parse_dataset, parse_policy
from tests.http_fixtures import DATASET, POLICY

AGGREGATE = """
aggregate:
  measures: [count_people]
  budget: {epsilon: 2, delta: 1.0e-7}
"""


@pytest.fixture
def budgeted(gateway, harbor):
    """A partner whose policy has an aggregate section."""
    dataset = DATASET.replace("columns:", "budget: {epsilon: 8, delta: 1.0e-6}\ncolumns:")
    declare_dataset(gateway.context, parse_dataset(dataset))
    apply_policy(gateway.context, parse_policy(POLICY + AGGREGATE))
    return harbor


def test_a_partner_sees_its_own_budget(gateway, budgeted):
    with writing(gateway.context.store) as session:
        for name in ("partner:harbor:dataset:cases", "dataset:cases"):
            spent = {"epsilon": 5 * 10**8, "rho": 125 * 10**9, "delta": 10**6}
            session.add(BudgetCap(id=name, kind="x", subject="dataset:cases", **spent))
    (budget,) = budgeted.get("/v1/budget").json()["budgets"]
    assert budget.pop("remaining")["epsilon"] == 1.5
    assert budget == {
        "dataset": "cases",
        "policy": "for-ngos",
        "per": "partner",
        "total": {"epsilon": 2.0, "delta": 1e-7},
        "spent": {"epsilon": 0.5, "rho": 0.125, "delta": 1e-15},
        "counted_in": "epsilon",
    }


def test_where_nothing_is_asked_in_numbers_there_are_no_budgets(harbor):
    assert harbor.get("/v1/budget").json() == {"budgets": []}


def test_a_budget_needs_a_token(gateway):
    assert gateway.http.get("/v1/budget").status_code == 401


def test_the_description_of_the_interface_has_it(gateway):
    paths = gateway.http.get("/openapi.json").json()["paths"]
    assert "get" in paths["/v1/budget"]
