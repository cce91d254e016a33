"""Differencing in time, over HTTP: a contributor changes one record, its friend asks once more.

The two know all but one of the records, and ask the same before and after. What they would need
is the same noise twice, or a second answer for nothing: either gives the changed person away.

The control draws noise that hangs on the question alone, as if it were derived from a key.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from gateway.aggregates import answering
from tests.attacks.hostile_homes import CELLS, GIVER, PARTNERS, figures, refusal
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.counted_homes import generated

ONE = [VICTIM | {"kind": "Marriage", "town": "A", "state": "CA", "day": "2024-02-03"}]
PRICE = 0.5


def asked_twice(kept, *, change):
    """Ask, change something, ask the same again; return by how much each cell moved."""
    before = figures(kept.ask("harbor", "count_people", **CELLS, epsilon=PRICE))
    change()
    after = figures(kept.ask("harbor", "count_people", **CELLS, epsilon=PRICE))
    return [b - a for a, b in zip(before, after, strict=True)]


def most_equal(cells):
    """Return how many of so many cells have the same noise twice, at most: 6 deviations."""
    q = np.exp(-PRICE / 3)  # scale: three records a person over the price
    chance = (1 - q) * (1 + q**2) / (1 + q) ** 3
    return cells * chance + 6 * np.sqrt(cells * chance)


CHANGES = {
    "one record more": lambda kept: kept.load(ONE, contributor=GIVER),
    "one record less": lambda kept: kept.load(
        [ONE[0] | {"consent": "none"}], contributor=GIVER, mode="replace"
    ),
    "nothing that counts": lambda kept: kept.load(
        [ONE[0] | {"person_id": "nobody-else", "consent": "none"}], contributor=GIVER
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_new_snapshot_is_asked_with_new_noise_and_paid_again(hostile, change):
    kept = hostile.dataset(generated(1, 60))
    if change == "one record less":
        kept.load(ONE, contributor=GIVER)
    first = kept.estimate("harbor", "count_people", **CELLS, epsilon=PRICE)
    moved = asked_twice(kept, change=lambda: CHANGES[change](kept))
    again = kept.estimate("lantern", "count_people", **CELLS, epsilon=PRICE)
    assert np.count_nonzero(np.equal(moved, 0)) < most_equal(len(moved))
    assert kept.spent() == 2 * PRICE
    assert again["snapshot"] != first["snapshot"]
    assert again["notes"][0]["rule"] == "aggregate-new-snapshot"


def test_whether_it_is_a_new_question_is_told_before_it_is_paid(hostile):
    kept = hostile.dataset(generated(1, 30))
    terms = {"epsilon": PRICE, "group_by": ["kind"]}
    assert not kept.estimate("harbor", "count_people", **terms)["cached"]
    kept.ask("harbor", "count_people", **terms)
    assert kept.estimate("harbor", "count_people", **terms)["cached"]
    kept.load(ONE, contributor=GIVER)
    told = kept.estimate("harbor", "count_people", **terms)
    assert (told["cached"], told["price"]["epsilon"]) == (False, PRICE)


def test_snapshots_are_no_new_budget_for_two_who_share_them(hostile):
    kept = hostile.dataset(generated(1, 30))
    granted = dict.fromkeys(PARTNERS, 0)
    for number in range(3):
        kept.load([ONE[0] | {"person_id": f"invented-{number}"}], contributor=GIVER)
        for partner, terms in zip(PARTNERS, ({"epsilon": 2}, {"epsilon": 2.001}), strict=True):
            told = kept.ask(partner, "count_people", **terms)
            granted[partner] += told.status_code == 200
            assert told.status_code == 200 or refusal(told) == ["budget-exhausted"]
    assert granted == {"harbor": 2, "lantern": 1}
    assert kept.spent() <= 8


class Derived:
    """Draws noise that the same question gets again: what must not be."""

    name = "batch"

    def draws(self, _mechanism):
        return True

    def draw(self, mechanism, count):
        seed = int.from_bytes(hashlib.sha256(repr(mechanism).encode()).digest()[:8], "little")
        rng = np.random.default_rng(seed)
        return rng.geometric(0.2, count) - rng.geometric(0.2, count)

    def distance(self, _mechanism):
        return 0


def test_control_noise_that_hangs_on_the_question_gives_the_person_away(hostile, monkeypatch):
    kept = hostile.dataset(generated(1, 60))
    monkeypatch.setattr(answering, "sampler_of", lambda _context: Derived())
    moved = asked_twice(kept, change=lambda: CHANGES["one record more"](kept))
    assert sorted(moved)[-2:] == [0, 1]
    assert sum(moved) == 1
    assert np.count_nonzero(np.equal(moved, 0)) > most_equal(len(moved))
