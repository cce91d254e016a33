"""Records prepared for counting: who counts, whole people in every chunk, numbers as they are."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest

from gateway.lake import prepared as prepared_module
from gateway.lake.consent import Product, Terms
from gateway.lake.prepared import MOST_PREPARED, PreparedStore, Wanted, prepare
from policies.consent import ConsentRules, Recipient
from policies.documents import parse_dataset

DEBTS = """
dataset: debts
privacy_unit: person_id
consent_default: none
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  day: {type: date, role: insensitive, ladder: date, bounds: [2020-01-01, 2026-12-31]}
  kind: {type: string, role: sensitive, codes: [a, b]}
  debt: {type: decimal, role: sensitive, bounds: [0, 100000], scale: 2}
  calls: {type: integer, role: insensitive, bounds: [0, 9]}
  consent: {type: string, role: consent}
"""
TODAY = date(2026, 1, 15)
RECORDS = [
    ("p1", "2024-03-05", "a", "12.34", "1", "aggregate"),
    ("p1", "2024-03-06", "b", "-0.01", "2", "aggregate"),
    ("p1", "", "", "", "", "aggregate"),
    ("p2", "1969-12-31", "a", "999999999.99", "999999999999999999", "pseudonymized"),
    ("p3", "2024-03-05", "a", "5", "1", "none"),
    ("p4", "2024-03-05", "c", "7.1", "3", "anonymized"),
    ("p4", "2024-03-05", "a", "8", "3", "anonymized"),
    ("p5", "2024-03-05", "b", "1", "1", ""),
]


@pytest.fixture
def debts():
    return parse_dataset(DEBTS)


@pytest.fixture
def wanted(debts, load, lake):
    header = "person_id,day,kind,debt,calls,consent"
    load(debts, [*map(",".join, RECORDS)], header=header)
    product = Product("aggregate", Recipient("ngo", "research", TODAY))
    return Wanted(
        debts,
        lake.dataset_snapshot("debts"),
        Terms(ConsentRules.of(debts), {}),
        product,
        ("kind", "day"),
        ("debt", "calls", "day"),
    )


def found(prepared):
    """Return what each person's records say, however they were put into chunks."""
    people = defaultdict(list)
    for chunk in prepared.chunks():
        values = {name: prepared.values[name].to_pylist() for name in chunk.codes}
        for row, person in enumerate(chunk.person.tolist()):
            numbers = {
                name: chunk.amounts[name][row] if chunk.known[name][row] else None
                for name in chunk.amounts
            }
            kind = values["kind"][chunk.codes["kind"][row]]
            record = (kind, *(numbers[name] for name in ("debt", "calls", "day")))
            people[person].append((int(chunk.rank[row]), record))
    for records in people.values():
        assert [rank for rank, _ in records] == list(range(1, len(records) + 1))
    return sorted(
        (sorted((record for _, record in records), key=str) for records in people.values()), key=str
    )


def expected():
    day = {"": None, "1969-12-31": -1, "2024-03-05": 19787, "2024-03-06": 19788}
    people = defaultdict(list)
    for person, when, kind, debt, calls, consent in RECORDS:
        if consent not in ("none", ""):
            cents = round(float(debt) * 100) if debt and len(debt) < 9 else None
            cents = 99999999999 if len(debt) > 9 else cents
            people[person].append((kind or None, cents, int(calls) if calls else None, day[when]))
    return sorted((sorted(records, key=str) for records in people.values()), key=str)


def test_those_who_allow_aggregates_count_with_exact_numbers(wanted, lake) -> None:
    assert found(prepare(lake, wanted)) == expected()


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
@pytest.mark.parametrize("kept", [0, 100])
def test_windows_part_nobody(wanted, lake, monkeypatch, rows, kept) -> None:
    monkeypatch.setattr(prepared_module, "WINDOW_ROWS", rows)
    monkeypatch.setattr(prepared_module, "MOST_CACHED_ROWS", kept)
    prepared = prepare(lake, wanted)
    assert found(prepared) == expected()
    assert found(prepared) == expected()  # and once more, from wherever it is kept


def test_a_dataset_without_data_has_one_empty_chunk(debts, lake, keys, home) -> None:
    product = Product("aggregate", Recipient("ngo", "research", TODAY))
    terms = Terms(ConsentRules.of(debts), {})
    nothing = Wanted(debts, 0, terms, product, ("kind",), ("debt",))
    (chunk,) = prepare(lake, nothing).chunks()
    assert len(chunk.person) == 0
    assert chunk.amounts["debt"].dtype == np.int64


def test_a_temporary_table_is_dropped_when_nobody_reads_it(wanted, lake, monkeypatch) -> None:
    def tables():
        with lake.cursor() as cursor:
            listed = cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return [name for (name,) in listed if name.startswith("prepared_")]

    monkeypatch.setattr(prepared_module, "MOST_CACHED_ROWS", 0)
    prepared = prepare(lake, wanted)
    assert len(tables()) == 1
    del prepared
    assert tables() == []


def test_one_thread_prepares_for_all_who_ask_at_once() -> None:
    store, made = PreparedStore(), Counter()
    begin = threading.Barrier(8)

    def make():
        made["once"] += 1
        return object()

    def ask():
        begin.wait()
        store.get("key", make)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made["once"] == 1


def test_only_the_last_few_are_kept() -> None:
    store = PreparedStore()
    for number in range(MOST_PREPARED + 2):
        store.get(number, object)
    assert list(store.kept) == list(range(2, MOST_PREPARED + 2))
    assert store.making.keys() == store.kept.keys()
