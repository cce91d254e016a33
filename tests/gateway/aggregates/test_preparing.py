"""What may be asked about is prepared ahead: no question shows that it is the first."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from gateway.aggregates import preparing
from gateway.aggregates.preparing import prepare_ahead
from gateway.declarations import suspend_partner
from gateway.housekeeping import keeping_house
from tests.counted_homes import DATASET, POLICY, generated


@pytest.fixture
def prepared(monkeypatch):
    """Count what is prepared."""
    done = []
    prepare = preparing.prepare

    def counting(lake, wanted):
        done.append(wanted.snapshot)
        return prepare(lake, wanted)

    monkeypatch.setattr(preparing, "prepare", counting)
    return done


def first_question_prepares(counted, prepared):
    """Answer whether the next question has to wait for what no other prepared."""
    before = len(prepared)
    counted.ask_for("harbor", "count_people", epsilon=round(0.1 + before / 1000, 3))
    return len(prepared) > before


def test_the_first_question_finds_all_prepared(counted, prepared):
    prepare_ahead(counted.context)
    assert not first_question_prepares(counted, prepared)
    counted.load_rows(generated(100, 120))
    prepare_ahead(counted.context)
    assert not first_question_prepares(counted, prepared)
    counted.clock.moment += timedelta(days=1)
    prepare_ahead(counted.context)
    assert not first_question_prepares(counted, prepared)
    prepare_ahead(counted.context)
    assert len(prepared) == 3


def test_control_otherwise_the_first_one_prepares_it(counted, prepared):
    assert first_question_prepares(counted, prepared)
    assert not first_question_prepares(counted, prepared)
    counted.load_rows(generated(100, 120))
    assert first_question_prepares(counted, prepared)
    counted.clock.moment += timedelta(days=1)
    assert first_question_prepares(counted, prepared)


def test_housekeeping_prepares(counted, prepared):
    with keeping_house(counted.context, tick_seconds=0.01):
        deadline = time.monotonic() + 20
        while not prepared and time.monotonic() < deadline:
            time.sleep(0.01)
    assert not first_question_prepares(counted, prepared)


def test_what_nobody_may_ask_is_not_prepared(counted, prepared):
    for name in ("harbor", "lantern"):
        suspend_partner(counted.context, name)
    prepare_ahead(counted.context)
    assert prepared == []


def test_a_dataset_without_records_is_prepared_too(counted, prepared):
    counted.declare(DATASET.replace("dataset: debts", "dataset: empty"))
    counted.apply(POLICY.replace("dataset: debts", "dataset: empty").replace("counts", "none"))
    counted.partner("willow", agreement={"dataset": "empty", "policy": "none"})
    prepare_ahead(counted.context)
    assert len(prepared) == 2


def test_more_than_is_kept_is_not_prepared_in_turns(counted, prepared, monkeypatch):
    monkeypatch.setattr(preparing, "MOST_PREPARED", 0)
    prepare_ahead(counted.context)
    assert prepared == []


def test_a_gateway_that_ends_prepares_nothing_more(counted, prepared):
    counted.context.stopping.set()
    prepare_ahead(counted.context)
    assert prepared == []
