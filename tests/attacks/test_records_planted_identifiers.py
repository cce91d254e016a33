"""A contributor plants a record with the identifier that Harbor looks for, and tells Harbor.

The token in the planted row is then that of everybody else who has the identifier. Harbor knows
that row by what nobody else has: a method of control. (What Harbor gives itself isn't in what it
gets: `test_invented_people.py`.)
"""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.errors import RefusedError
from gateway.lake.stages import Stages
from gateway.reviews import approve
from policies.lint import policies as lint_of_policies
from tests.small_homes import people, person

UNIT = "    person_id:   {pseudonymize: {epoch: year}}"
PLANTED = "Papers"
VICTIM = person(7)


@pytest.fixture
def plant(world):
    friend = world.contributor("friend")

    def load(**known):
        told = {"person_id": "invented", "age": "32", "controls": PLANTED, **known}
        world.load([person(900, **told)], contributor=friend)

    return load


def release(world, column, tokens="derived", **changes):
    token = f"    {column}: {{pseudonymize: {{tokens: {tokens}}}}}"
    world.apply(token=f"{UNIT} -> {UNIT}\n{token}", **changes)


def found(rows, column):
    """Return the other rows that have the token of the planted one."""
    (planted,) = [row for row in rows if row["controls"] == PLANTED]
    return [row for row in rows if row[column] == planted[column] and row is not planted]


@pytest.mark.parametrize("tokens", ["derived", "vaulted"])
def test_a_planted_case_number_finds_nobodys_record(world, plant, tokens):
    release(world, "case_id", tokens)
    plant(case_id=VICTIM["case_id"])
    rows = world.rows("harbor")
    assert len({row["case_id"] for row in rows}) == len(rows) == 41
    assert found(rows, "case_id") == []


def test_control_the_token_of_the_number_itself_finds_the_victim(world, plant, monkeypatch):
    monkeypatch.setattr(Stages, "named_by_roots", {"person_id": "weir_person"})
    release(world, "case_id")
    plant(case_id=VICTIM["case_id"])
    (row,) = found(world.rows("harbor"), "case_id")
    assert (row["harm"], row["note"]) == (VICTIM["harm"], VICTIM["note"])


def test_a_record_keeps_its_token_when_whoever_gave_it_updates_it(world):
    release(world, "case_id")
    before = {row["case_id"]: row["person_id"] for row in world.rows("harbor")}
    world.load(people(1, 40, note="note 2"))
    again = world.extract("harbor")
    approve(world.context, again.id, "olivia", "seen")
    after = world.table("harbor", again.id).to_pylist()
    assert {row["case_id"]: row["person_id"] for row in after} == before
    assert {row["note"] for row in after} == {"note 2"}


def test_a_planted_phone_number_waits_for_an_officer(world, plant):
    """One number may be several people's, so nothing but an officer's eyes keeps them apart."""
    plant(phone=VICTIM["phone"])
    release(world, "phone")
    with pytest.raises(RefusedError, match="policy-unsafe"):
        world.ask("harbor")
    release(world, "phone", review="retention_days: 365 -> retention_days: 9\nreview: {extract: 1}")
    assert world.extract("harbor").state == "in_review"


def test_control_without_the_rule_a_planted_phone_number_finds_the_victim(
    world, plant, monkeypatch
):
    monkeypatch.setattr(lint_of_policies, "token_errors", lambda *_: ())
    plant(phone=VICTIM["phone"])
    release(world, "phone")
    (row,) = found(world.rows("harbor"), "phone")
    assert (row["harm"], row["note"]) == (VICTIM["harm"], VICTIM["note"])


def test_control_without_the_rule_a_common_value_is_known_by_how_often_it_stands_there(
    world, monkeypatch
):
    monkeypatch.setattr(lint_of_policies, "token_errors", lambda *_: ())
    world.load(people(1, 12, phone="2025550000"))  # the number of a shelter, known to all
    release(world, "phone")
    rows = world.rows("harbor")
    ((_, often),) = Counter(row["phone"] for row in rows).most_common(1)
    assert often == 12
