"""Attack: flip one bit in a released file, its manifest or its receipt, and hope nobody sees it.

Every bit of manifest and receipt is tried, and every bit of a small file. The control is a
verifier that decodes base64 as the standard library does: it must miss flips, or this attack
proves nothing about strictness.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import verifier
from gateway.audit.checkpoints import issue_checkpoint
from gateway.audit.entries import make_entry
from gateway.audit.notes import NoteSigner
from gateway.audit.receipts import make_receipt
from gateway.audit.tree import inclusion_proof, nodes_completed_by
from gateway.audit.verifier import SealedEntry, canonical_json, leaf_hash, verify_release

SIGNER = NoteSigner("weir.example/log", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
VKEY = str(SIGNER.vkey)
SUFFIXES = ["", ".manifest.json", ".tlog-proof"]
ENTRIES, RELEASED = 7, 3


@pytest.fixture
def released(tmp_path):
    """A file, its manifest and its receipt, as a gateway makes them."""
    file = tmp_path / "cases.csv"
    file.write_bytes(b"month,age\n2024-03,18+\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest = canonical_json({"release": "rel_1", "content_sha256": digest, "t": 0.25})
    Path(f"{file}.manifest.json").write_bytes(manifest)
    Path(f"{file}.tlog-proof").write_bytes(_receipt(manifest))
    return file


def _receipt(manifest):
    nodes = {}

    def read(level, index):
        return nodes[level, index]

    fact = {"manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    entry = make_entry("release", "rel_1", "2026-03-05T10:00:00Z", **fact)
    sealed = [SealedEntry(entry, bytes([number]) * 32) for number in range(ENTRIES)]
    for index, one in enumerate(sealed):
        for node in nodes_completed_by(index, leaf_hash(one.leaf), read):
            nodes[node.level, node.index] = node.hash
    checkpoint = issue_checkpoint(ENTRIES, read, SIGNER, None)
    proof = inclusion_proof(RELEASED, ENTRIES, read)
    return make_receipt(sealed[RELEASED], RELEASED, proof, checkpoint)


def unseen_flips(file, suffix, vkey=VKEY):
    """Return the positions of all bits whose flip the verifier lets pass."""
    target = Path(f"{file}{suffix}")
    good = target.read_bytes()
    unseen = []
    for position in range(len(good) * 8):
        flipped = bytearray(good)
        flipped[position // 8] ^= 1 << position % 8
        target.write_bytes(flipped)
        if verify_release(file, vkey).exit_status == 0:
            unseen.append(position)
    target.write_bytes(good)
    return unseen


def test_control_the_unharmed_release_verifies(released):
    assert verify_release(released, VKEY).exit_status == 0


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_flipped_bit_is_caught(released, suffix):
    assert unseen_flips(released, suffix) == []


def lenient(text):
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise verifier.FormatError("not base64") from error


def test_control_a_verifier_with_lenient_base64_misses_flips(released, monkeypatch):
    monkeypatch.setattr(verifier, "decode_base64", lenient)
    assert unseen_flips(released, ".tlog-proof")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("junk", [b"\n", b" ", b"\x00", b"}", b"\xe2\x80\x94 x AAAA\n"])
def test_bytes_put_before_or_after_are_caught(released, suffix, junk):
    target = Path(f"{released}{suffix}")
    good = target.read_bytes()
    for changed in (good + junk, junk + good):
        target.write_bytes(changed)
        assert verify_release(released, VKEY).exit_status == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_shorter_part_is_caught(released, suffix):
    target = Path(f"{released}{suffix}")
    good = target.read_bytes()
    for length in range(len(good)):
        target.write_bytes(good[:length])
        assert verify_release(released, VKEY).exit_status == 1
