"""Figures of a manifest: right, and no more digits than anybody needs."""

from __future__ import annotations

import pytest

from anonymizers.recount import Recount
from gateway.release_measures import (
    class_figures,
    entropy_figures,
    percent_up,
    risk_figures,
    rounded_down,
    rounded_up,
)


def counted(sizes):
    return Recount(
        rows=sum(sizes),
        classes=len(sizes),
        smallest_class=min(sizes),
        smallest_minor_class=None,
        distinct_l={},
        unique=sizes.count(1),
        squares=sum(size * size for size in sizes),
        suppressed=0,
        levels={},
    )


def test_risks_are_rounded_up():
    assert risk_figures(counted([11, 12, 40])) == {
        "journalist_risk": 1 / 11,
        "average_risk": 0.048,
        "marketer_risk": 0.048,
        "unique_share": 0.0,
    }
    assert risk_figures(counted([1, 999]))["unique_share"] == 0.01


def test_sums_and_means_carry_two_digits():
    assert class_figures(counted([11, 12, 40])) == {
        "average_class_size": 21.0,
        "discernibility": 1900.0,
    }


def test_one_person_more_changes_no_figure_that_isn_t_the_count_of_rows():
    """The control: exact figures tell the size of the class that somebody joined."""
    before, after = counted([30, 41, 55]), counted([30, 42, 55])
    assert class_figures(before) == class_figures(after)
    assert risk_figures(before) == risk_figures(after)
    assert after.squares - before.squares == 2 * 41 + 1


@pytest.mark.parametrize(
    ("number", "up", "down"),
    [(1, 1, 1), (0.0173, 0.018, 0.017), (0.017, 0.017, 0.017), (3, 3, 3), (53_719_695, 54e6, 53e6)],
)
def test_two_digits(number, up, down):
    assert (rounded_up(number), rounded_down(number)) == (up, down)


def test_information_lost_is_a_percent():
    assert entropy_figures({"age": 0.12345, "town": 0.0}) == {
        "entropy_loss_by_column": {"age": 0.13, "town": 0.0}
    }
    assert percent_up(0.29) == 0.29
