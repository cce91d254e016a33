"""Attack: a gap that others fill tells who else knows a person, or outlives what was taken back.

Oak knows somebody of whom the operator's record says no note. A release to lantern holds that note
then, so it ends, and is found, when oak takes its record back. The control keeps the ledger without
lenders: the download goes on with the value of a record that is gone. And a recipient that gives a
record fills nothing in what it gets itself, or it could write into the class of somebody whom it
looks for; the control lets its own records lend.
"""

from __future__ import annotations

import ibis
import pytest
from sqlmodel import select

from gateway.audit_check import check_everything
from gateway.errors import ExpiredError
from gateway.lake import selection, stages
from gateway.lake.filling import NO_LENDERS
from gateway.store.engine import reading
from gateway.store.tables import WithdrawalRelease
from gateway.withdrawals import withdraw
from tests.small_homes import person

FILLED = "minors: {column: age -> fill: [note, state]\n  minors: {column: age"
RECORD = {"dataset": "cases", "record_key": {"case_id": "o-41"}}
ASKS = {"dataset": "cases", "starts": "2026-01-01", "ends": "2026-12-31"}


@pytest.fixture
def home(world):
    """A home whose policy fills gaps, and a person with one."""
    world.apply(filled=FILLED)
    world.load([person(41, note="")])
    both = [
        {"agreement": "oak-gives", "submits": True, **ASKS},
        {"agreement": "oak-asks", "policy": "for-ngos", "purposes": ["research"], **ASKS},
    ]
    world.partner("oak", agreements=both)
    return world


def notes(world, partner, **changes):
    return [row["note"] for row in world.rows(partner, **changes)]


def lend(world, **changes):
    world.load([person(41, case_id="o-41", note="note 1", **changes)], contributor="oak")


def released(world):
    with reading(world.context.store) as session:
        return [one.release_id for one in session.exec(select(WithdrawalRelease)).all()]


def test_a_gap_is_filled_and_may_be_left_out(home):
    assert notes(home, "lantern").count(None) == 1
    lend(home)
    assert notes(home, home.partner("heron")).count(None) == 0
    made = home.extract("harbor", fill=[])
    assert home.table("harbor", made.id)["note"].null_count == 1


def test_what_filled_a_gap_ends_a_release_when_it_is_taken_back(home):
    lend(home)
    made = home.extract("lantern")
    assert home.table("lantern", made.id)["note"].null_count == 0
    withdraw(home.context, "oak", RECORD)
    with pytest.raises(ExpiredError):
        home.content("lantern", made.id)
    assert len(released(home)) == 1


def test_control_without_lenders_in_the_ledger_it_goes_on(home, monkeypatch):
    monkeypatch.setattr(selection.Selection, "lenders", lambda _self: NO_LENDERS)
    lend(home)
    made = home.extract("lantern")
    withdraw(home.context, "oak", RECORD)
    assert home.table("lantern", made.id)["note"].null_count == 0
    assert released(home) == []


def test_what_lends_nothing_ends_nothing(home):
    lend(home)
    home.load([person(40, case_id="o-40")], contributor="oak")
    made = home.extract("lantern")
    withdraw(home.context, "oak", {"dataset": "cases", "record_key": {"case_id": "o-40"}})
    assert home.table("lantern", made.id)["note"].null_count == 0
    assert released(home) == []


@pytest.mark.parametrize(
    "label", [{"share_with": "government"}, {"share_for": "planning"}, {"consent": "none"}]
)
def test_a_record_that_may_not_leave_lends_nothing(home, label):
    lend(home, **label)
    assert notes(home, "lantern").count("note 1") == notes(home, "harbor").count("note 1")
    assert "note 1" in notes(home, "lantern")
    assert notes(home, "lantern").count(None) == (0 if label == {"consent": "none"} else 1)


def test_the_audit_takes_lenders_for_what_they_are(home):
    lend(home)
    assert home.state(home.extract("lantern").id) == "ready"
    assert check_everything(home.context)["broken"] == []


def test_a_recipient_fills_nothing_in_what_it_gets(home):
    lend(home)
    assert notes(home, "oak").count(None) == 1


def test_control_were_its_own_records_let_in_it_would(home, monkeypatch):
    monkeypatch.setattr(stages, "given_by", lambda *_told: ibis.literal(value=False))
    lend(home)
    assert notes(home, "oak").count(None) == 0
