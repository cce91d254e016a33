"""Attack: what a person took back under one name is lost because others know another name.

Oak takes back a person whom the operator knows by another identifier, with the same phone. The
person's word stops the operator's record too; an officer learns that somebody else knows them; and
erasing what oak gave forgets neither the word nor the link that it counts by. The controls are the
same people, told apart.
"""

from __future__ import annotations

import pytest

from gateway.erasing import erase_now
from gateway.withdrawal_decisions import list_waiting_withdrawals
from gateway.withdrawals import withdraw
from tests.attacks.linked_homes import BY_PHONE, decide, links, under

PERSON = {"dataset": "cases", "person": {"domain": "person", "value": "other"}}


@pytest.fixture
def home(world):
    """A home in which oak gave a record of the first person, under another name."""
    world.declare(BY_PHONE)
    world.contributor("oak")
    world.load([under(1, "other")], contributor="oak")
    return world


def rows(world, partner):
    made = world.extract(partner)
    return world.table(partner, made.id).num_rows


def test_a_word_under_one_name_stops_all_records_and_an_officer_sees_it(home):
    made = home.extract("lantern")
    withdraw(home.context, "oak", PERSON)
    assert len(list_waiting_withdrawals(home.context)) == 1
    assert home.state(made.id) == "expired"
    assert rows(home, "harbor") == 39


def test_erasing_what_was_given_forgets_neither_the_word_nor_the_link(home):
    withdraw(home.context, "oak", PERSON)
    erase_now(home.context, lambda _t, _s: None)
    assert len(links(home)) == 1
    assert rows(home, "harbor") == 39


def test_control_told_apart_the_other_stays(home):
    decide(home, links(home)[0]["id"], "undone")
    withdraw(home.context, "oak", PERSON)
    assert list_waiting_withdrawals(home.context) == []
    assert rows(home, "harbor") == 40
    erase_now(home.context, lambda _t, _s: None)
    assert links(home) == []  # nobody holds one of the two any more
    assert rows(home, "lantern") == 40
