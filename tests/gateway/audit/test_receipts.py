"""Receipts are tlog proofs that carry their entry; other readers of the format can use them."""

from __future__ import annotations

import pytest

from gateway.audit.verifier import (
    FormatError,
    leaf_hash,
    parse_checkpoint,
    parse_note,
    parse_proof,
    parse_sealed,
    verify_inclusion,
)


def test_a_receipt_proves_its_own_entry(log):
    log.fill(7)
    proof = parse_proof(log.receipt(4))
    sealed = parse_sealed(proof.extra)
    checkpoint = parse_checkpoint(parse_note(proof.checkpoint).text)
    assert sealed == log.sealed[4]
    verify_inclusion(
        leaf_hash(sealed.leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root
    )


def test_the_receipt_of_a_single_entry_has_no_hashes(log):
    log.fill(1)
    assert parse_proof(log.receipt(0)).hashes == ()


def test_a_proof_without_an_extra_line_is_read(log):
    log.fill(3)
    lines = log.receipt(1).split(b"\n")
    assert parse_proof(b"\n".join(lines[:1] + lines[2:])).extra is None


HEAD = b"c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD,
        HEAD + b"index 1\n",
        HEAD + b"\ncheckpoint\n",
        HEAD + b"extra AAAA\n\ncheckpoint\n",
        HEAD + b"index 01\n\ncheckpoint\n",
        HEAD + b"index +1\n\ncheckpoint\n",
        HEAD + b"index 1 \n\ncheckpoint\n",
        HEAD + b"index 1\nAAAA\n\ncheckpoint\n",
        HEAD + b"index 1\nextra AAAA\n\ncheckpoint\n",
        HEAD + b"extra AAA\nindex 1\n\ncheckpoint\n",
        HEAD + b"index 1\n" + (b"A" * 43 + b"=\n") * 65 + b"\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v2\nindex 1\n\ncheckpoint\n",
        HEAD.replace(b"\n", b"\r\n") + b"index 1\r\n\r\ncheckpoint\n",
    ],
)
def test_what_is_no_receipt_is_refused(data):
    with pytest.raises(FormatError):
        parse_proof(data)
