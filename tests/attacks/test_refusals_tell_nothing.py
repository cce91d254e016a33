"""Refusals as an oracle: A is refused, A with one more cell isn't, so somebody is in the cell.

The guard closes it from the second question on: bytes and "nothing safe" wait alike. So does
what a format can't hold, which otherwise compares any number of people with its limit.
"""

from __future__ import annotations

import pytest

from gateway import corridor, releases
from gateway.errors import ExtractFailedError
from gateway.outcomes import folder_of
from gateway.outputs import xlsx_file
from gateway.reviews import approve
from tests.small_homes import person

TWO = [{"column": "state", "in": ["NV"]}]
TWO_AND_NOBODY = [{"column": "state", "in": ["NV", "UT"]}]
TWO_AND_ONE = [{"column": "state", "in": ["NV", "WY"]}]


def answers(world, partner):
    return [
        world.extract(partner, where=where).state for where in (TWO, TWO_AND_NOBODY, TWO_AND_ONE)
    ]


def test_a_set_and_the_set_with_one_more_cell_are_answered_alike(world):
    load_cells(world)
    first, nobody_more, one_more = answers(world, "harbor")
    assert first == "refused"
    assert nobody_more == one_more == "in_review"


def test_without_the_guard_the_answers_tell_who_is_there(world, monkeypatch):
    monkeypatch.setattr(releases, "reviews_needed", lambda *_: 0)
    load_cells(world)
    _, nobody_more, one_more = answers(world, "harbor")
    assert nobody_more != one_more


def test_an_officer_who_approves_that_nothing_is_safe_ends_it_as_refused(world):
    load_cells(world)
    world.extract("harbor", where=TWO)
    waiting = world.extract("harbor", where=TWO_AND_NOBODY)
    assert approve(world.context, waiting.id, "olivia", "let it go") == "refused"
    assert [entry["rules"] for entry in world.entries("refusal")] == [["nothing-safe"]] * 2


@pytest.fixture
def small_sheet(monkeypatch):
    """A worksheet holds 30 people: those of one month, not those of two."""
    monkeypatch.setattr(xlsx_file, "MAX_ROWS", 30)


MONTHS = (["2026-01"], ["2026-01", "2026-02"])


def of_months(world, partner, months):
    where = [{"column": "reported_on", "in": months}]
    return world.extract(partner, where=where, format="xlsx")


def test_more_people_than_a_sheet_holds_are_answered_like_fewer(world, small_sheet):
    world.extract("lantern")
    assert [of_months(world, "lantern", months).state for months in MONTHS] == ["in_review"] * 2


def test_control_a_failure_told_at_once_compares_two_counts(world, small_sheet, monkeypatch):
    monkeypatch.setattr(corridor, "FormatFullError", ConnectionError)  # which nothing raises
    world.extract("lantern")
    assert of_months(world, "lantern", MONTHS[0]).state == "in_review"
    with pytest.raises(ExtractFailedError):
        of_months(world, "lantern", MONTHS[1])


def test_what_a_format_can_not_hold_is_refused_and_counts_as_a_view(world, small_sheet):
    told = of_months(world, "harbor", MONTHS[1])
    (reason,) = told.reasons
    assert (told.state, reason.rule) == ("refused", "not-in-this-format")
    assert reason.params == {"format": "xlsx", "dataset": "cases"}
    assert world.entries("refusal")[-1]["rules"] == ["not-in-this-format"]
    assert not folder_of(world.context, told.id).exists()
    assert of_months(world, "harbor", MONTHS[0]).state == "in_review"


def test_the_same_view_leaves_in_a_format_that_holds_it(world, small_sheet):
    where = [{"column": "reported_on", "in": MONTHS[1]}]
    of_months(world, "harbor", MONTHS[1])
    assert world.extract("harbor", where=where).state == "ready"


def test_an_officer_lets_a_held_failure_go(world, small_sheet):
    world.extract("harbor")
    waiting = of_months(world, "harbor", MONTHS[1])
    assert waiting.reasons == ()
    assert approve(world.context, waiting.id, "olivia", "let it go") == "refused"


def load_cells(world):
    """Two people in Nevada, one in Wyoming, nobody in Utah; all else is the same."""
    same = {"age": "32", "reported_on": "2026-01-15"}
    world.load(
        [
            person(41, state="NV", harm="Labour", **same),
            person(42, state="NV", harm="Sexual", **same),
            person(43, state="WY", harm="Labour", **same),
        ],
    )
