"""Refusals as an oracle: A is refused, A with one more cell isn't, so somebody is in the cell.

The guard closes it from the second question on: bytes and "nothing safe" wait alike.
"""

from __future__ import annotations

from gateway import releases
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
