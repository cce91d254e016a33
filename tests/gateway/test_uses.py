from __future__ import annotations

import pytest

from gateway.contributors import checked_labels
from gateway.errors import NotFoundError
from gateway.uses import view_uses
from tests.small_homes import people, person


def uses(world, contributor="shelter"):
    found = view_uses(world.context, contributor, "cases")
    return [(one.made.month, one.made.kind, one.made.purpose, one.records) for one in found]


@pytest.fixture
def giving(world):
    world.contributor("shelter")
    return world


def test_nothing_made_is_nothing_used(giving):
    giving.load(people(41, 60), contributor="shelter")
    assert uses(giving) == []


def test_a_contributor_sees_what_its_records_could_be_in(giving):
    giving.load(people(41, 60), contributor="shelter")
    giving.rows("harbor")
    giving.rows("lantern")  # the same class and purpose: one line, nobody's name
    giving.partner("beacon")
    giving.rows("beacon", purpose="planning")
    assert uses(giving) == [
        ("2026-07", "extract", "research", 20),
        ("2026-07", "extract", "planning", 20),
    ]
    (made, *_) = (one.made for one in view_uses(giving.context, "shelter", "cases"))
    assert (made.partner_class, made.needed, made.k) == ("ngo", "pseudonymized", 3)


def test_its_own_word_decides_how_many(giving):
    labels = checked_labels({"share_for": ["planning"]})
    giving.load(people(41, 60), contributor="shelter", labels=labels)
    giving.load([person(61, consent="aggregate"), *people(62, 65)], contributor="shelter")
    giving.rows("harbor")
    giving.rows("lantern", purpose="planning")
    assert [line[2:] for line in uses(giving)] == [("research", 4), ("planning", 24)]


def test_a_number_below_the_products_k_is_not_shown(giving):
    giving.load(people(41, 42), contributor="shelter")
    giving.rows("harbor")
    assert uses(giving) == [("2026-07", "extract", "research", None)]


def test_what_was_given_later_was_not_in_it(giving):
    giving.load(people(41, 45), contributor="shelter")
    giving.rows("harbor")
    giving.load(people(46, 60), contributor="shelter")
    assert uses(giving) == [("2026-07", "extract", "research", 5)]


def test_who_gives_nothing_to_a_dataset_sees_nothing_of_it(world):
    world.rows("harbor")
    for asker, dataset in (("harbor", "cases"), ("nobody", "cases")):
        with pytest.raises(NotFoundError):
            view_uses(world.context, asker, dataset)
    world.contributor("shelter")
    with pytest.raises(NotFoundError):
        view_uses(world.context, "shelter", "others")
