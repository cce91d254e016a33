"""Invented people around a victim: a partner that submits makes a class of k out of one person."""

from __future__ import annotations

from gateway import releases
from tests.small_homes import people, person

GIVES = {
    "agreement": "harbor-gives",
    "dataset": "cases",
    "submits": True,
    "starts": "2026-01-01",
    "ends": "2026-12-31",
}
ASKS = {
    "agreement": "harbor-asks",
    "dataset": "cases",
    "policy": "for-ngos",
    "purposes": ["research"],
    "starts": "2026-01-01",
    "ends": "2026-12-31",
}
VICTIM = [{"column": "state", "in": ["AK"]}]


def surround_a_victim(world):
    world.load([person(50, state="AK", harm="Marriage")])
    world.partner("harbor", agreements=[GIVES, ASKS])
    world.load(people(60, 67, state="AK"), contributor="harbor")


def test_an_extract_for_somebody_who_gave_records_waits_for_an_officer(world):
    surround_a_victim(world)
    assert world.extract("harbor", where=VICTIM).state == "in_review"


def test_without_the_guard_the_victim_leaves_among_invented_people(world, monkeypatch):
    monkeypatch.setattr(releases, "reviews_needed", lambda *_: 0)
    surround_a_victim(world)
    made = world.extract("harbor", where=VICTIM)
    assert made.state == "ready"
    assert "Marriage" in {row["harm"] for row in world.table("harbor", made.id).to_pylist()}
