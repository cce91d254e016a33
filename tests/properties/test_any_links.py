"""Any sequence of loads, links and words of officers: everybody is who the links say they are.

The lake's tables are plain ones here, in memory: the statements are the same, and a thousand
times as many histories fit into a second.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from anonymizers.pseudonyms import derive_key
from gateway.lake import loading
from gateway.lake.links import Run, append_word, link_id, read_pair, read_pairs
from gateway.lake.loading import _transact, _Work
from gateway.lake.people import resolve
from gateway.lake.records import Submission
from gateway.lake.resolving import apply_links
from gateway.lake.tables import create_books
from policies.documents import parse_dataset

IDENTITIES = [bytes([n]) * 16 for n in range(1, 7)]
PHONES = [None, b"p" * 16, b"q" * 16, b"r" * 16]
GIVERS = ["", "oak", "elm"]
TABLE = "lake.main.calls"
CALLS = parse_dataset(
    """
dataset: calls
privacy_unit: person_id
record_key: [call]
columns:
  call:      {type: string, role: direct_identifier, domain: call}
  person_id: {type: string, role: direct_identifier, domain: person}
  phone:     {type: string, role: direct_identifier, domain: phone}
  consent:   {type: string, role: consent}
linkage: {deterministic: [[phone]]}
"""
)


class OneKey:
    """Keys that need no home."""

    def domain(self, domain):
        return derive_key(bytes(32), domain)

    def order(self):
        return bytes(32)

    def fingerprint(self, value):
        return hashlib.sha256(value).hexdigest()


rows = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(IDENTITIES), st.sampled_from(PHONES)),
    max_size=5,
    unique_by=lambda row: row[0],
)


class Links(RuleBasedStateMachine):
    """One dataset, three givers, six identities."""

    @initialize()
    def begin(self):
        self.keys, self.loads, self.words = OneKey(), 0, 0
        self.cursor = duckdb.connect()
        self.cursor.execute("ATTACH ':memory:' AS lake")
        self.cursor.execute("CREATE SCHEMA lake.weir")
        for statement in create_books():
            self.cursor.execute(statement)
        self.agreed = set()

    def teardown(self):
        if hasattr(self, "cursor"):
            self.cursor.close()

    @rule(given=rows, giver=st.sampled_from(GIVERS), mode=st.sampled_from(["append", "replace"]))
    def load(self, given, giver, mode):
        self.loads += 1
        records = {f"{giver}-{call}".encode().ljust(16): (who, phone) for call, who, phone in given}
        self._stage(records)
        submission = Submission(
            f"sub_{self.loads}", self.loads, date(2026, 1, 1), ZoneInfo("UTC"), giver, mode
        )
        _transact(_Work(self.cursor, "staged", "said", CALLS, submission, self.keys))
        self._remember_agreeing()

    def _stage(self, records):
        self.cursor.execute("DROP TABLE IF EXISTS staged; DROP TABLE IF EXISTS said")
        names = ["weir_record", "weir_identity", "person_id", "phone", "call", "consent"]
        columns = [
            [*records],
            [who for who, _ in records.values()],
            [who for who, _ in records.values()],
            [phone for _, phone in records.values()],
            [*records],
            ["none"] * len(records),
        ]
        kinds = [*[pa.binary()] * 5, pa.string()]
        staged = pa.table([*map(pa.array, columns, kinds)], names=names)
        assert staged.num_rows == len(records)
        self.cursor.execute("CREATE TEMP TABLE staged AS SELECT * FROM staged")
        self.cursor.execute(
            "CREATE TEMP TABLE said AS SELECT weir_identity, 0 AS weir_level, "
            "NULL::DATE AS weir_end, false AS weir_refused FROM staged"
        )

    def _remember_agreeing(self):
        by_phone = defaultdict(set)
        for who, phone in self._read(f"SELECT weir_identity, phone FROM {TABLE}"):
            by_phone[phone].add(who)
        by_phone.pop(None, None)
        self.agreed |= {
            (one, other)
            for people in by_phone.values()
            for one in people
            for other in people
            if one < other
        }

    def _read(self, query):
        return self.cursor.execute(query).fetchall()

    @rule(
        pick=st.integers(0, 20),
        kind=st.sampled_from(["confirmed", "refused", "deterministic"]),
        undone=st.booleans(),
    )
    def say(self, pick, kind, undone):
        if self.agreed:
            pair = sorted(self.agreed)[pick % len(self.agreed)]
            self._say(pair, kind, undone=undone or kind == "deterministic")

    def _say(self, pair, kind, *, undone):
        self.words += 1
        run = Run(f"act_{self.words}", "", "person", "calls", "olivia", "why")
        append_word(self.cursor, run, link_id(self.keys, "person", *pair), kind, undone=undone)
        apply_links(self.cursor, self.keys, "person", ["calls"])

    @rule(pick=st.integers(0, 20))
    def link_and_take_back(self, pick):
        """What is linked and undone, or kept apart and undone, is as it was."""
        if not self.agreed:
            return
        pair = sorted(self.agreed)[pick % len(self.agreed)]
        link = link_id(self.keys, "person", *pair)
        kind = {"apart": "confirmed", "open": "confirmed"}.get(
            read_pair(self.cursor, link)["state"], "deterministic"
        )
        before = self._everything()
        if kind == "confirmed":
            self._say(pair, "confirmed", undone=False)
            self._say(pair, "confirmed", undone=True)
            assert self._everything() == before

    def _everything(self):
        return (
            self._read(f"SELECT * FROM {TABLE} ORDER BY weir_record"),
            self._read("SELECT * FROM lake.weir.statements ORDER BY ALL"),
        )

    @invariant()
    def everybody_is_who_links_say(self):
        if not getattr(self, "loads", 0):
            return
        people = resolve(read_pairs(self.cursor, "person"))
        ranks, places = defaultdict(list), defaultdict(list)
        query = f"SELECT weir_person, weir_identity, weir_rank, weir_place FROM {TABLE}"
        for person, identity, rank, place in self._read(query):
            assert person == people.person_of(identity)
            ranks[person].append((rank, identity, place))
            places[identity].append(place)
        for held in places.values():
            assert sorted(held) == [*range(1, len(held) + 1)]
        for held in ranks.values():
            assert sorted(rank for rank, _, _ in held) == [*range(1, len(held) + 1)]
            kept = [(identity, place) for _, identity, place in sorted(held)]
            for identity in {identity for identity, _ in kept}:
                own = [place for who, place in kept if who == identity]
                assert own == sorted(own)
        for person, identity in self._read(
            "SELECT weir_person, weir_identity FROM lake.weir.statements"
        ):
            assert person == people.person_of(identity)

    @invariant()
    def whoever_agreed_is_a_pair(self):
        if getattr(self, "loads", 0):
            found = self._read("SELECT DISTINCT left_root, right_root FROM lake.weir.links")
            assert {*found} == self.agreed


@pytest.fixture(autouse=True)
def _without_snapshots(monkeypatch):
    monkeypatch.setattr(loading, "note_change", lambda *_: None)


def test_everybody_is_who_the_links_say_they_are(effort):
    few = settings(max_examples=6 * effort, stateful_step_count=10, deadline=None)
    run_state_machine_as_test(Links, settings=few)


def test_control_ranks_left_as_they_were_are_found(monkeypatch):
    """Links that only rename people give two records of one person the same rank."""

    def renamed(cursor, keys, domain, datasets):
        del keys, datasets
        for identity, person in resolve(read_pairs(cursor, domain)).persons.items():
            cursor.execute(
                f"UPDATE {TABLE} SET weir_person = from_hex('{person.hex()}') "
                f"WHERE weir_identity = from_hex('{identity.hex()}')"
            )

    monkeypatch.setattr(loading, "apply_links", renamed)
    machine = Links()
    machine.begin()
    machine.load([(1, IDENTITIES[0], PHONES[1]), (2, IDENTITIES[1], PHONES[1])], "", "append")
    with pytest.raises(AssertionError):
        machine.everybody_is_who_links_say()
    machine.teardown()
