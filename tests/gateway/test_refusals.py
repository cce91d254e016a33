from __future__ import annotations

from gateway import extracts
from tests.small_homes import people

NOBODY = {"where": [{"column": "state", "in": ["AK"]}]}


def ask_again(world, **changes):
    """Ask for what was refused, a second later; return both extracts' ids and the new state."""
    first = world.extract("harbor", **NOBODY)
    assert (first.state, [reason.rule for reason in first.reasons]) == ("refused", ["nothing-safe"])
    world.clock.move(**{"seconds": 1, **changes})
    again = world.ask("harbor", **NOBODY)
    return first.id, again.id, again.state


def test_a_refused_request_is_answered_again_without_being_made_again(world):
    world.clock.move(seconds=1)
    first, again, state = ask_again(world)
    assert (again, state) == (first, "refused")
    told = world.entries("refusal")
    assert [entry["rules"] for entry in told] == [["nothing-safe"]] * 2
    assert len({entry["id"] for entry in told}) == 2


def test_control_without_memory_every_request_is_made(world, monkeypatch):
    monkeypatch.setattr(extracts, "refused_before", lambda *_: None)
    world.clock.move(seconds=1)
    first, again, state = ask_again(world)
    assert (again != first, state) == (True, "queued")


def test_other_data_and_other_conditions_are_asked_anew(world):
    world.clock.move(seconds=1)
    first = world.extract("harbor", **NOBODY)
    other = [{"column": "state", "in": ["AK", "AL"]}]
    assert world.ask("harbor", where=other).state == "queued"
    assert world.ask("harbor", **NOBODY, format="parquet").state == "queued"
    world.load(people(50, 60, state="AK"))
    again = world.ask("harbor", **NOBODY)
    assert (again.id != first.id, again.state) == (True, "queued")


def test_the_next_day_it_is_asked_anew(world):
    """Whose consent ends is another question each day."""
    world.clock.move(seconds=1)
    first, again, state = ask_again(world, days=1)
    assert (again != first, state) == (True, "queued")


def test_it_is_asked_anew_once_a_partner_was_declared_since(world):
    """Contributors may allow more than they did."""
    world.clock.move(seconds=1)
    first = world.extract("harbor", **NOBODY)
    world.contributor("shelter")
    again = world.ask("harbor", **NOBODY)
    assert (again.id != first.id, again.state) == (True, "queued")
