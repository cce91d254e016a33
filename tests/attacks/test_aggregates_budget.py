"""Getting more answers than a budget holds: by company, by invented people, by oneself.

Each attack stands beside a control: the same attempts on a ledger that lacks what stops them.
"""

from __future__ import annotations

import pytest

from gateway import caps, periods
from gateway.aggregates import guarantees, questions
from gateway.errors import ConflictError, RefusedError
from gateway.periods import open_period
from tests.counted_homes import POLICY, counted, generated

__all__ = ["counted"]
MEASURES = ("count_people", "count_records", {"sum": "debt"})
EVERYBODYS, SHARE = 8.0, 4.0


def spend_all(world, partner):
    """Ask, as long as anything is answered; return what it got in epsilon."""
    granted = 0.0
    for measure in MEASURES:
        for by in ("kind", "town"):
            granted += is_answered(world, partner, measure, by)
    return granted


def is_answered(world, partner, measure, by):
    try:
        world.ask_for(partner, measure, group_by=[by], epsilon=1.0)
    except RefusedError as refused:
        if [reason.rule for reason in refused.reasons] != ["budget-exhausted"]:
            raise
        return False
    return True


def conspire(world):
    """Let partners ask one after the other; answers of all are put together afterwards."""
    world.asker("mallory")
    granted = {}
    for most, partner in enumerate(("harbor", "lantern", "mallory"), start=3):
        # Other records a person: they would get the same noise otherwise, charged once.
        bounded = f"max_records_per_person: {most}"
        world.apply(POLICY.replace("max_records_per_person: 3", bounded))
        granted[partner] = spend_all(world, partner)
    return granted


def test_partners_who_put_their_answers_together_stop_at_everybodys_budget(counted):
    granted = conspire(counted)
    assert granted == {"harbor": SHARE, "lantern": SHARE, "mallory": 0.0}
    refusals = [entry for entry in counted.entries("refusal") if entry["partner"] == "mallory"]
    assert {tuple(entry["caps"]) for entry in refusals} == {("dataset:debts",)}


def test_control_where_each_partner_is_counted_alone_three_get_more(counted, monkeypatch):
    def own_alone(*asked):
        return tuple(cap for cap in caps.caps_of(*asked) if cap.kind == "partner")

    monkeypatch.setattr(questions, "caps_of", own_alone)
    monkeypatch.setattr(guarantees, "lifetime_of", lambda *_: {})
    assert sum(conspire(counted).values()) == 3 * SHARE > EVERYBODYS


def test_neither_invented_people_nor_time_add_to_a_budget(counted):
    assert spend_all(counted, "harbor") == SHARE
    counted.load_rows(generated(1000, 1100))
    counted.clock.move(days=150)
    assert spend_all(counted, "harbor") == 0.0


def test_control_where_each_load_brings_a_budget_invented_people_pay(counted, monkeypatch):
    assert spend_all(counted, "harbor") == SHARE
    counted.load_rows(generated(1000, 1100))
    monkeypatch.setattr(
        caps,
        "subject_of",
        lambda document: f"dataset:{document.dataset}-{snapshot(counted, document)}",
    )
    assert spend_all(counted, "harbor") == SHARE


def snapshot(world, document):
    return world.context.lake.dataset_snapshot(document.dataset)


def test_one_officer_opens_no_period_by_any_spelling(counted):
    assert spend_all(counted, "harbor") == SHARE
    for officers in (["olivia"], ["olivia", " OLIVIA"]):
        with pytest.raises(ConflictError):
            open_period(counted.context, "debts", officers, "it is urgent")
    counted.load_rows(generated(1000, 1001))
    assert spend_all(counted, "harbor") == 0.0


def test_control_where_one_officer_is_enough_the_budget_doubles(counted, monkeypatch):
    assert spend_all(counted, "harbor") == SHARE
    monkeypatch.setattr(periods, "OFFICERS", 1)
    open_period(counted.context, "debts", ["olivia"], "it is urgent")
    counted.load_rows(generated(1000, 1001))
    assert spend_all(counted, "harbor") == SHARE
    assert [entry["officers"] for entry in counted.entries("period")] == [["olivia"]]
