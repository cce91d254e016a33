"""The oracle's own log: RFC 6962 hashing, signed notes and receipts, written from the formats."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Sequence


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    place, last, found = index, size - 1, leaf_hash(leaf)
    for hash_ in path:
        assert last, "the path is longer than the tree is high"
        if place & 1 or place == last:
            found = hashlib.sha256(b"\x01" + hash_ + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + hash_).digest()
        place, last = place >> 1, last >> 1
    assert not last, "the path is shorter than the tree is high"
    return found


@dataclass(frozen=True)
class Head:
    """What a checkpoint says."""

    size: int
    root: bytes


def read_note(note: bytes, vkey: str) -> Head:
    """Read a checkpoint whose signature is good under this key."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    assert key[0] == 1
    assert expected.hex() == key_id
    text, _, signatures = note.decode().partition("\n\n")
    origin, size, root = text.split("\n")
    assert origin == name
    mine = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[1] == name]
    signed = base64.b64decode(mine[0])
    assert signed[:4] == expected
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signed[4:], text.encode() + b"\n")
    return Head(int(size), base64.b64decode(root))


def commitment(salt: bytes, entry: bytes) -> bytes:
    """The leaf of an entry, as the contract writes it."""
    digest = hashlib.sha256(salt + entry).hexdigest()
    return b'{"commitment":"' + digest.encode() + b'","v":1}'


def read_receipt(receipt: str, vkey: str) -> tuple[dict[str, object], int]:
    """Follow a receipt from its entry to a signed root; return the entry and its index."""
    head, _, note = receipt.partition("\n\n")
    kind, extra, index, *path = head.split("\n")
    assert kind == "c2sp.org/tlog-proof@v1"
    told = json.loads(base64.b64decode(extra.removeprefix("extra ")))
    entry = json.dumps(
        told["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    leaf = commitment(base64.b64decode(told["salt"]), entry)
    signed = read_note(note.encode(), vkey)
    place = int(index.removeprefix("index "))
    hashes = [base64.b64decode(line) for line in path]
    assert root_by_path(leaf, place, signed.size, hashes) == signed.root
    return told["entry"], place
