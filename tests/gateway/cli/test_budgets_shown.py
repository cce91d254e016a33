"""`weir budget`, by itself and through a gateway."""

from __future__ import annotations

import pytest

from gateway.store.engine import writing
from gateway.store.tables import BudgetCap
from tests.small_homes import DATASET, POLICY

BUDGETED = DATASET.replace("columns:\n", "budget: {epsilon: 8, delta: 1.0e-6}\ncolumns:\n", 1)
COUNTING = (
    POLICY
    + """
aggregate:
  measures: [count_people]
  budget: {epsilon: 2, delta: 1.0e-7, per: purpose}
"""
)
OFFICERS = ("--officer", "olivia", "--officer", "marta")


@pytest.fixture(scope="module")
def budgeted(served):
    """A dataset with a budget, some of which was spent."""
    served.declare(BUDGETED)
    served.apply(COUNTING)
    served.contributor("shelter", budget={"epsilon": 3, "delta": 1e-7})
    spent = {"epsilon": 10**9, "rho": 5 * 10**11, "subject": "dataset:cases"}
    with writing(served.context.store) as session:
        session.add(BudgetCap(id="dataset:cases", kind="dataset", **spent))
        mixed = {"kind": "purpose", "mixed": True, **spent, "rho": 5 * 10**9}
        session.add(BudgetCap(id="purpose:for-ngos:research", **mixed))
        session.add(BudgetCap(id="partner:gone:dataset:cases", kind="partner", **spent))
    return served


def test_a_home_without_budgets_says_what_they_need(alone):
    assert "No dataset here has a budget" in alone("budget", "show").out


def test_every_cap_is_shown_with_what_was_spent_and_what_is_left(budgeted, weir):
    lines = [" ".join(line.split()) for line in weir("budget", "show").out.splitlines()]
    assert lines[0] == "dataset:cases (cases)"
    assert "everybody epsilon 1 epsilon 8 epsilon 7" in lines
    assert "contributor shelter, for its records in cases epsilon 0 epsilon 3 epsilon 3" in lines
    assert "partner gone epsilon 1 no longer asked -" in lines
    assert "partner harbor, for planning under for-ngos epsilon 0 epsilon 2 epsilon 2" in lines
    (mixed,) = (line for line in lines if line.startswith("everybody, for research under for-ngos"))
    assert "rho 0.005 rho 0.0" in mixed
    said = " ".join(lines)
    assert "epsilon 8 (delta 1e-06), in 1 period" in said
    assert "Counted in rho" in said


def test_one_dataset_can_be_asked_for(budgeted, weir):
    assert weir("budget", "show", "cases", "--json").json[0]["datasets"] == ["cases"]
    assert "no dataset 'nothing'" in weir.refused("budget", "show", "nothing")


def test_two_officers_open_a_period_by_themselves_or_through_a_gateway(alone, through):
    with through() as opened:
        opened.declare(BUDGETED)
        command = ("budget", "open-period", "cases", "--reason", "agreed")
        said = alone(*command, *OFFICERS).out
        assert "Period 2 of dataset:cases is open." in said
        assert "Next: weir budget show cases" in said
        assert "another one must" in alone.refused(*command, *OFFICERS[:2], *OFFICERS[:2])
    assert "in 2 periods" in " ".join(alone("budget", "show").out.split())
    opened = alone(*command, *OFFICERS, "--json").json
    assert opened == {"subject": "dataset:cases", "period": 3, "officers": ["olivia", "marta"]}
