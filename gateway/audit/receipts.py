"""Receipts: the file that lets anyone check, years later and offline, that a release was logged."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from gateway.audit.verifier import (
    PROOF_HEADER,
    SealedEntry,
    canonical_json,
    parse_canonical,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_receipt(
    sealed: SealedEntry, index: int, proof: Sequence[bytes], checkpoint: bytes
) -> bytes:
    """Write a `c2sp.org/tlog-proof@v1` that carries its entry and salt.

    Args:
        sealed: the entry and its salt; they let the reader build the leaf again.
        index: the leaf's position in the log.
        proof: sibling hashes, leaf upwards, to the root that `checkpoint` signs.
        checkpoint: the signed note, verbatim.
    """
    lines = [PROOF_HEADER, f"extra {_encode(_extra(sealed))}", f"index {index}"]
    lines += map(_encode, proof)
    return "\n".join(lines).encode() + b"\n\n" + checkpoint


def _extra(sealed: SealedEntry) -> bytes:
    return canonical_json({"entry": parse_canonical(sealed.entry), "salt": _encode(sealed.salt)})


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
