from dataclasses import replace

import pytest

from anonymizers.advice import advise, frontier
from anonymizers.losses import factors
from anonymizers.models import Model
from tests.small_tables import People, taxonomy, texts

DAYS = taxonomy("d1;early/d2;early/d3;late/d4;late")
TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")


def crowd(**changed):
    """Four people who are alike in days or in towns, not in both."""
    days, towns = ["d1", "d1", "d2", "d2"] * 2, ["a1", "a2", "a1", "a2"] * 2
    return People(
        {"day": texts(days), "town": texts(towns)}, {"day": DAYS, "town": TOWNS}, **changed
    )


def advised(people, models, **weights):
    steps = []
    choices = advise(people.table, people.hierarchies, models, weights, steps.append)
    assert steps == [pytest.approx((n + 1) / len(models)) for n in range(len(models))]
    return choices


def test_a_column_that_matters_more_stays_finer():
    (days,) = advised(crowd(), [Model(4)], day=3)
    (towns,) = advised(crowd(), [Model(4)], town=3)
    assert (days.levels["day"], days.levels["town"]) == ("exact", "level-1")
    assert (towns.levels["day"], towns.levels["town"]) == ("level-1", "exact")
    assert days.loss == towns.loss == pytest.approx((1 / 3) / 2)
    assert days.weighted_loss == pytest.approx((1 / 3) / 4)


def test_a_choice_says_its_risk_and_who_is_left_out():
    (choice,) = advised(crowd(), [Model(8)])
    assert (choice.smallest_class, choice.classes, choice.left_out) == (8, 1, 0)
    assert (choice.highest_risk, choice.average_risk) == (1 / 8, 1 / 8)
    people = crowd(sensitive={"harm": ["x", "y", "x", "x", "y", "y", "x", "x"]})
    (after_l,) = advised(people, [Model(2, {"harm": 2})])
    assert (after_l.left_out, after_l.people, after_l.classes) == (6, 8, 1)
    assert after_l.left_out_by_search == 0


def test_what_nothing_can_protect_is_no_choice():
    assert [choice.k for choice in advised(crowd(), [Model(2), Model(9), Model(8)])] == [2, 8]
    alike = crowd(sensitive={"harm": ["x"] * 8})
    assert advised(alike, [Model(2, {"harm": 2})]) == []


def test_the_frontier_has_no_choice_that_another_beats():
    two, four, eight = advised(crowd(), [Model(2), Model(4), Model(8)])
    assert frontier([two, four, eight]) == [two, four, eight]
    worse = replace(four, weighted_loss=four.weighted_loss + 0.1)
    assert frontier([two, worse, four]) == [two, four]
    assert frontier([four, replace(four, k=3)]) == [four, replace(four, k=3)]
    riskier = replace(eight, smallest_class=2)
    assert frontier([riskier, two]) == [two]


@pytest.mark.parametrize("weights", [{"day": 0}, {"day": -1}, {"day": float("inf")}, {"year": 2}])
def test_weights_are_above_0_and_of_columns_there_are(weights):
    with pytest.raises(ValueError, match="weight"):
        advised(crowd(), [Model(2)], **weights)


def test_factors_make_a_mean_weighted():
    assert factors(("day", "town"), {"day": 3}) == (1.5, 0.5)
    assert sum(factors(("a", "b", "c"), {"b": 7})) == pytest.approx(3)
