"""Attack: a link lifts what somebody took back, or hides that they did.

A person took consent back under one identifier; the same hands recorded `pseudonymized` under
another one later. Were the newest statement of the linked person to count, a link would lift a
withdrawal. The control weighs statements so. And a person who is linked ends nothing by that,
while what either part of them takes back ends what both are in.
"""

from __future__ import annotations

import ibis
import pytest

from gateway.errors import ExpiredError
from gateway.lake import consent
from tests.attacks.linked_homes import BY_PHONE, decide, links, under
from tests.small_homes import people, person


@pytest.fixture
def home(world):
    """A home in which oak gives."""
    world.declare(BY_PHONE)
    world.contributor("oak")
    return world


def taken_back_and_said_anew(world):
    world.load([person(1, case_id="o-1", consent="none")], contributor="oak")
    world.load([under(1, "other")], contributor="oak")
    assert len(links(world)) == 1


def rows(world, partner):
    made = world.extract(partner)
    return made.id, world.table(partner, made.id).num_rows


def test_a_link_lifts_no_withdrawal(home):
    taken_back_and_said_anew(home)
    assert rows(home, "lantern")[1] == 39


def test_control_by_the_newest_statement_of_the_person_it_would(home, monkeypatch):
    weigh = consent.statements_in_force

    def by_person(statements):
        return weigh(statements.mutate(weir_identity=statements.weir_person))

    monkeypatch.setattr(consent, "statements_in_force", by_person)
    taken_back_and_said_anew(home)
    assert rows(home, "lantern")[1] == 40


def test_the_strictest_of_both_parts_counts(home):
    home.load([under(1, "other", consent="none")], contributor="oak")
    assert rows(home, "lantern")[1] == 39


def test_one_person_has_one_row_and_one_token(home):
    home.load([under(1, "other")], contributor="oak")
    assert rows(home, "lantern")[1] == 40


def test_control_unlinked_they_have_two(home):
    home.load([under(1, "other")], contributor="oak")
    decide(home, links(home)[0]["id"], "undone")
    assert rows(home, "lantern")[1] == 41


def test_a_merge_or_a_split_alone_ends_no_download(home):
    home.load(people(41, 42, phone="2025557777"))
    (link,) = links(home)
    decide(home, link["id"], "undone")
    made, count = rows(home, "lantern")
    assert count == 42
    decide(home, link["id"], "confirmed")
    assert home.table("lantern", made).num_rows == 42
    decide(home, link["id"], "undone")
    assert home.table("lantern", made).num_rows == 42


@pytest.mark.parametrize("taking_back", [41, 42])
def test_what_either_part_takes_back_ends_what_the_other_is_in(home, taking_back):
    home.load(people(41, 42, phone="2025557777"))
    made, count = rows(home, "lantern")
    assert count == 41
    home.load([person(taking_back, case_id="later", consent="none")], contributor="oak")
    with pytest.raises(ExpiredError):
        home.table("lantern", made)


def test_a_withdrawal_of_somebody_without_records_counts_once_they_are_linked(home):
    """What they said is theirs though every row of theirs was refused."""
    refused = under(1, "gone", consent="none", funding="vawa", case_id="")
    home.load([refused, person(60, case_id="o-60")], contributor="oak")
    home.load([under(1, "gone", consent="pseudonymized", case_id="back")])
    assert rows(home, "lantern")[1] == 40  # person 60 came, person 1 is one with who took back


def test_control_statements_that_nobody_is_linked_to_stop_nobody(home):
    refused = under(1, "gone", consent="none", funding="vawa", case_id="")
    home.load([refused, person(60, case_id="o-60")], contributor="oak")
    assert rows(home, "lantern")[1] == 41
    assert ibis  # the engine that weighs them
