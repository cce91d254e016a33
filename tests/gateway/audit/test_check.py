"""The whole log is derived again, and its first break is found and placed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.audit.check import LogRecord, check_log
from gateway.audit.checkpoints import issue_checkpoint
from gateway.audit.verifier import SealedEntry, leaf_hash


def records_of(log):
    return [
        LogRecord(index, sealed.leaf, leaf_hash(sealed.leaf), sealed)
        for index, sealed in enumerate(log.sealed)
    ]


@pytest.fixture
def whole(log):
    log.fill(13)
    return log


def check(log, records=None, checkpoints=None):
    if checkpoints is None:
        checkpoints = [log.checkpoint(0), log.checkpoint(6), log.checkpoint()]
    return check_log(
        records_of(log) if records is None else records,
        log.node,
        checkpoints,
        str(log.signer.vkey),
    )


def test_a_whole_log_has_no_break(whole):
    report = check(whole)
    assert report.first_break is None
    assert (report.size, report.root, report.checkpoints) == (13, whole.root(), 3)


def test_an_erased_entry_is_counted_and_breaks_nothing(whole):
    records = records_of(whole)
    records[4] = replace(records[4], sealed=None)
    report = check(whole, records)
    assert (report.first_break, report.erased) == (None, 1)


def test_a_changed_entry_is_found(whole):
    records = records_of(whole)
    sealed = records[4].sealed
    records[4] = replace(records[4], sealed=SealedEntry(b'{"type":"other"}', sealed.salt))
    found = check(whole, records).first_break
    assert found.index == 4
    assert "changed" in found.message


def test_a_changed_entry_with_a_matching_leaf_is_found(whole):
    records = records_of(whole)
    sealed = SealedEntry(b'{"type":"other"}', bytes(32))
    records[4] = LogRecord(4, sealed.leaf, leaf_hash(sealed.leaf), sealed)
    found = check(whole, records).first_break
    assert found.index == 4
    assert "stored node 0/4" in found.message


def test_a_log_rewritten_with_all_its_nodes_is_found_by_its_checkpoint(whole, signer):
    kept = whole.checkpoint(6)
    forged = type(whole)(signer)
    forged.fill(4)
    forged.append(SealedEntry(b'{"type":"other"}', bytes(32)))
    forged.fill(8)
    found = check(forged, checkpoints=[kept]).first_break
    assert found.index is None
    assert "over 6 entries" in found.message
    assert check(forged, checkpoints=[]).first_break is None  # nothing else would show it


def test_a_changed_hash_is_found(whole):
    records = records_of(whole)
    records[4] = replace(records[4], hash=bytes(32))
    assert check(whole, records).first_break.index == 4


def test_a_changed_inner_node_is_found(whole):
    notes = [whole.checkpoint()]
    whole.nodes[1, 2] = bytes(32)
    found = check(whole, checkpoints=notes).first_break
    assert found.index == 5
    assert "1/2" in found.message


def test_a_missing_node_is_found(whole):
    notes = [whole.checkpoint()]
    del whole.nodes[3, 0]
    found = check(whole, checkpoints=notes).first_break
    assert found.index == 7
    assert "missing" in found.message


def test_a_missing_record_is_found(whole):
    records = records_of(whole)
    del records[4]
    assert check(whole, records).first_break.index == 4


def test_lost_entries_at_the_end_are_found(whole):
    found = check(whole, records_of(whole)[:-2]).first_break
    assert found.index == 11
    assert "lost" in found.message


def test_a_checkpoint_of_another_key_is_found(whole, other_signer):
    foreign = issue_checkpoint(3, whole.node, other_signer, None)
    assert check(whole, checkpoints=[foreign]).first_break.index is None


def test_an_erased_entry_whose_leaf_is_no_commitment_is_found(whole):
    records = records_of(whole)
    records[4] = LogRecord(4, b"{}", leaf_hash(b"{}"), None)
    assert check(whole, records).first_break.index == 4
