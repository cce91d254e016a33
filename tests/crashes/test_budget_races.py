"""Processes that race for a budget, and processes that are killed between reserve and settle."""

from __future__ import annotations

import pytest
from sqlmodel import select

from gateway.store.engine import open_store, reading, writing
from gateway.store.migrations import migrate
from gateway.store.tables import AggregateAnswer, BudgetCap, BudgetCharge
from tests.crashes.spenders import IDS, Process

PROCESSES, REQUESTS, GRANTED = 4, 64, 10


@pytest.fixture
def store(store_url):
    engine = open_store(store_url)
    migrate(engine)
    yield engine
    engine.dispose()


def let_go(*processes):
    """Let all act at the same moment; return what each said."""
    for process in processes:
        process.let_go()
    return [process.told() for process in processes]


def rows(store, table):
    with reading(store) as session:
        return session.exec(select(table)).all()


def spent(store):
    return {row.id: row.epsilon for row in rows(store, BudgetCap)}


def race(url, act):
    each = REQUESTS // PROCESSES
    spending = [Process(url, "ask_all", f"p{number}", each, act) for number in range(PROCESSES)]
    return sum(let_go(*spending))


def test_of_64_requests_in_four_processes_exactly_ten_are_granted(store, store_url):
    assert race(store_url, "ask") == GRANTED
    assert spent(store) == dict.fromkeys(IDS, 10**9)
    assert len(rows(store, BudgetCharge)) == GRANTED * len(IDS)
    assert len(rows(store, AggregateAnswer)) == GRANTED


def test_control_who_reads_and_then_writes_overspends(store, store_url):
    with writing(store) as session:
        for name in IDS:
            session.add(BudgetCap(id=name, kind=name.split(":")[0], subject="dataset:cases"))
    granted = race(store_url, "ask_naively")
    assert granted > GRANTED
    assert spent(store)["dataset:cases"] == granted * 10**8


def test_the_same_component_in_four_processes_is_charged_and_settled_once(store, store_url):
    told = let_go(*[Process(store_url, "take_over", "same") for _ in range(PROCESSES)])
    assert sorted(told) == [False] * (PROCESSES - 1) + [True]
    assert spent(store) == dict.fromkeys(IDS, 10**8)
    (answer,) = rows(store, AggregateAnswer)
    assert answer.state == "settled"
    assert all(row.settled for row in rows(store, BudgetCharge))


def test_what_was_reserved_before_a_kill_stays_spent_and_is_taken_over_once(store, store_url):
    killed = Process(store_url, "die_between", "left-behind")
    assert let_go(killed) == [None]
    assert killed.killed
    assert spent(store) == dict.fromkeys(IDS, 10**8)
    assert [answer.state for answer in rows(store, AggregateAnswer)] == ["reserved"]
    told = let_go(*[Process(store_url, "take_over", "left-behind") for _ in range(2)])
    assert sorted(told) == [False, True]
    assert spent(store) == dict.fromkeys(IDS, 10**8)
    assert let_go(Process(store_url, "take_over", "left-behind")) == [False]


def test_a_kill_inside_the_transaction_leaves_nothing(store, store_url):
    killed = Process(store_url, "die_inside", "never")
    assert let_go(killed) == [None]
    assert killed.killed
    assert rows(store, BudgetCharge) == []
    assert rows(store, AggregateAnswer) == []
    assert sum(spent(store).values()) == 0


def test_kills_between_requests_never_let_more_than_ten_pass(store, store_url):
    for number in range(3):
        let_go(Process(store_url, "die_between", f"dead-{number}"))
    assert race(store_url, "ask") == GRANTED - 3
    assert spent(store) == dict.fromkeys(IDS, 10**9)
