from __future__ import annotations

import json
from functools import partial
from itertools import chain

import pytest
from sqlmodel import select

from gateway.audit.verifier import parse_proof, parse_sealed
from gateway.errors import IntegrityError
from gateway.log import AuditLog
from gateway.store.engine import reading, writing
from gateway.store.tables import LogCheckpoint, LogLeaf
from tests.http_fixtures import open_home
from tests.racing import at_once


@pytest.fixture
def opened(tmp_path, clock, store_url):
    """A home without a lake, once on each kind of store."""
    context = open_home(tmp_path, clock, store_url)
    yield context
    context.store.dispose()


def append(context, number, **facts):
    with writing(context.store) as session:
        return context.log.append(session, "refusal", f"ref_{number}", partner="harbor", **facts)


def indexes(context):
    with reading(context.store) as session:
        return list(session.exec(select(LogLeaf.index).order_by(LogLeaf.index)))


def test_entries_of_several_threads_have_no_gaps_and_none_is_lost(opened):
    def work(first):
        return [append(opened, first + number) for number in range(8)]

    append(opened, 0)
    appended = at_once(*(partial(work, 100 * number) for number in range(4)))
    assert sorted(chain.from_iterable(appended)) == list(range(1, 33))
    assert indexes(opened) == list(range(33))
    opened.log.sign()
    assert opened.log.check().first_break is None


def test_the_first_entries_of_two_threads_are_both_kept(opened):
    appended = at_once(*(partial(append, opened, number) for number in range(2)))
    assert sorted(map(str, appended)) == ["0", "1"]
    assert indexes(opened) == [0, 1]


def test_a_transaction_that_fails_leaves_no_entry_and_no_gap(opened):
    def failing():
        with writing(opened.store) as session:
            opened.log.append(session, "refusal", "ref_2", partner="harbor")
            raise RuntimeError

    append(opened, 1)
    with pytest.raises(RuntimeError):
        failing()
    append(opened, 3)
    assert [entry["id"] for entry in opened.log.entries()] == ["ref_1", "ref_3"]
    assert indexes(opened) == [0, 1]


def test_checkpoints_of_several_threads_agree(opened):
    def work(number):
        for step in range(4):
            append(opened, 10 * number + step)
            opened.log.sign()
        return "signed"

    assert at_once(*(partial(work, number) for number in range(3))) == ["signed"] * 3
    report = opened.log.check()
    assert (report.first_break, report.size) == (None, 12)


def test_a_leaf_says_nothing_but_its_commitment(opened):
    append(opened, 1, rules=["purpose-not-agreed"])
    with reading(opened.store) as session:
        row = session.get(LogLeaf, 0)
    leaf = json.loads(row.leaf)
    assert sorted(leaf) == ["commitment", "v"]
    assert len(bytes.fromhex(leaf["commitment"])) == 32
    assert b"harbor" not in row.sealed_entry


def test_equal_entries_have_different_leaves(opened):
    append(opened, 1)
    append(opened, 1)
    with reading(opened.store) as session:
        leaves = list(session.exec(select(LogLeaf.leaf)))
    assert leaves[0] != leaves[1]


def test_a_receipt_carries_its_entry_and_its_salt(opened):
    index = append(opened, 7)
    proof = parse_proof(opened.log.receipt(index).encode())
    sealed = parse_sealed(proof.extra)
    assert (proof.index, json.loads(sealed.entry)["id"]) == (index, "ref_7")
    assert len(sealed.salt) == 32


def test_a_tile_is_given_only_under_a_signed_checkpoint(opened):
    for number in range(3):
        append(opened, number)
    opened.log.sign()
    append(opened, 3)
    assert opened.log.tile("tile/entries/000.p/3") is not None
    assert opened.log.tile("tile/0/000.p/3") is not None
    assert opened.log.tile("tile/entries/000.p/4") is None
    assert opened.log.tile("tile/entries/../../keys.json") is None


def test_signing_twice_gives_the_same_note_and_every_size_is_signed_once(opened):
    append(opened, 1)
    assert opened.log.sign() == opened.log.sign()
    append(opened, 2)
    opened.log.sign()
    with reading(opened.store) as session:
        assert sorted(session.exec(select(LogCheckpoint.size))) == [1, 2]


def test_a_log_that_lost_entries_is_never_signed_again(opened, tmp_path, clock):
    for number in range(3):
        append(opened, number)
    opened.log.sign()
    other = open_home(tmp_path / "other", clock)  # an empty store under the old checkpoint
    forked = AuditLog(store=other.store, keys=opened.keys, clock=clock, home=opened.home)
    with writing(other.store) as session:
        forked.append(session, "refusal", "ref_other", partner="harbor")
    with pytest.raises(IntegrityError):
        forked.sign()
    other.store.dispose()


def test_entries_are_found_by_their_type(opened):
    append(opened, 1)
    with writing(opened.store) as session:
        opened.log.append(session, "key", "log-signing", state="created")
    assert [entry["type"] for entry in opened.log.entries()] == ["refusal", "key"]
    assert [entry["id"] for entry in opened.log.entries("key")] == ["log-signing"]
