"""A condition that asks for a single class: held against itself alone, every class is close.

So t compares with everybody whom the policy lets through, whatever was asked for. The control
compares with those asked for.
"""

from __future__ import annotations

import pytest

from gateway import protecting
from tests.small_homes import person

NEVADA = [{"column": "state", "in": ["NV"]}]


@pytest.fixture
def one_sided(world):
    """Ten people in Nevada, nine of them of one harm; half of everybody else is."""
    world.load(
        [
            person(number, state="NV", age="32", harm="Sexual" if number < 109 else "Labour")
            for number in range(100, 110)
        ]
    )
    world.apply(
        t="l: {harm: 2} -> l: {harm: 2}, t: {harm: 0.2}",
        few="max_suppressed: 0.1 -> max_suppressed: 0.5",
        month="reported_on: {coarsen: {from: month}} -> reported_on: {coarsen: {from: year}}",
        state="state:       {coarsen: {from: us-state}} -> "
        "state: {coarsen: {from: us-state, to: us-state}}",
    )
    return world


def test_a_class_far_from_everybody_leaves_neither_in_the_whole_nor_by_itself(one_sided):
    assert "NV" not in {row["state"] for row in one_sided.rows("harbor")}
    assert one_sided.extract("lantern", where=NEVADA).state == "refused"


def test_control_compared_with_itself_it_leaves(one_sided, monkeypatch):
    def as_asked(plan, *_others, **_more):
        return plan

    monkeypatch.setattr(protecting, "without_conditions", as_asked)
    made = one_sided.extract("lantern", where=NEVADA)
    assert made.state == "ready"
    harms = [row["harm"] for row in one_sided.table("lantern", made.id).to_pylist()]
    assert harms.count("Sexual") == 9


def test_who_asks_for_a_class_that_is_close_gets_it(one_sided):
    made = one_sided.extract("lantern", where=[{"column": "state", "in": ["CA"]}])
    assert made.state == "ready"
