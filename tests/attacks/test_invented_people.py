"""Invented people around a victim: a partner that submits makes a class of k out of one person.

So classes are counted without the people whose record the recipient itself gave, and no officer is
needed. The control counts them like everybody.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gateway import single_records, transforming
from gateway.errors import ExtractFailedError
from gateway.release_parts import Releaser
from tests.small_homes import POLICY, people, person

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


def surround_a_victim(world, invented=None):
    """Put one victim into Alaska, and ten people around that nobody but Harbor knows."""
    world.load([person(50, state="AK", harm="Marriage")])
    world.partner("harbor", agreements=[GIVES, ASKS])
    world.load(invented or people(60, 69, state="AK"), contributor="harbor")


def forget_who_gave(monkeypatch, *, recount=True):
    """Group people as if nobody of them were known to the recipient; recount them so, too."""
    group, make = single_records.weighted_table, Releaser.part

    def without(table, *rest):
        return group(table.drop_columns(["weir_known", "weir_known_minors"]), *rest)

    monkeypatch.setattr(single_records, "weighted_table", without)
    if recount:
        monkeypatch.setattr(Releaser, "part", lambda self, rows: nobody_known(make(self, rows)))


def nobody_known(part):
    """Say of a part what isn't true, as the recount would notice otherwise."""
    return replace(part, known=np.zeros_like(part.known))


def harms(world, made):
    return [row["harm"] for row in world.table("harbor", made.id).to_pylist()]


def test_a_victim_among_invented_people_does_not_leave(world):
    surround_a_victim(world)
    assert world.extract("harbor", where=VICTIM).state == "refused"


def test_control_a_victim_leaves_where_invented_people_count(world, monkeypatch):
    surround_a_victim(world)
    forget_who_gave(monkeypatch)
    made = world.extract("harbor", where=VICTIM)
    assert made.state == "ready"
    assert "Marriage" in harms(world, made)


def test_records_in_the_names_of_real_people_hide_nobody_either(world):
    """Harbor knows ten real ids, and says of them what it knows of the victim."""
    surround_a_victim(world, people(1, 10, state="AK", harm="Labour"))
    assert world.extract("harbor", where=VICTIM).state == "refused"


def pull_sets(world):
    """Ask for codes of which each pair that leaves is had by three; return the victim's pair."""
    world.load([person(50, controls="Papers;Threats"), *people(51, 55, controls="Papers")])
    world.partner("harbor", agreements=[GIVES, ASKS])
    world.load(people(60, 62, controls="Papers;Threats"), contributor="harbor")
    world.apply(POLICY.replace("controls:    keep", "controls:    {sets: {m: 2, k: 3}}"))
    cells = [set((row["controls"] or "").split(";")) for row in world.rows("harbor")]
    return [cell for cell in cells if cell >= {"Papers", "Threats"}]


def test_a_pair_of_codes_that_a_victim_shares_with_invented_people_does_not_leave(world):
    assert pull_sets(world) == []


def test_control_the_pair_leaves_where_invented_people_count(world, monkeypatch):
    counted = transforming.counted
    monkeypatch.setattr(transforming, "counted", lambda texts, _known: counted(texts, None))
    with pytest.raises(ExtractFailedError):  # the recount notices
        pull_sets(world)


def test_for_another_partner_harbor_s_people_are_people(world):
    surround_a_victim(world)
    made = world.extract("lantern", where=VICTIM)
    assert made.state == "ready"
    assert world.table("lantern", made.id).num_rows == 11


def test_the_recount_notices_who_was_invented(world, monkeypatch):
    surround_a_victim(world)
    forget_who_gave(monkeypatch, recount=False)
    with pytest.raises(ExtractFailedError):
        world.extract("harbor", where=VICTIM)


def test_who_gave_records_needs_no_officer_for_what_others_hold(world):
    world.partner("harbor", agreements=[GIVES, ASKS])
    world.load(people(60, 69, state="AK"), contributor="harbor")
    assert world.extract("harbor").state == "ready"
