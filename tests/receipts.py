"""The receipt of a release, as a log with that one entry gives it."""

from __future__ import annotations

import hashlib

from gateway.audit.checkpoints import issue_checkpoint
from gateway.audit.entries import make_entry, seal_entry
from gateway.audit.receipts import make_receipt
from gateway.audit.verifier import leaf_hash


def receipt_of(manifest, signer):
    digest = hashlib.sha256(manifest).hexdigest()
    entry = make_entry("release", "rel_1", "2026-03-05T10:00:00Z", manifest_sha256=digest)
    sealed = seal_entry(entry)

    def node(_level, _index):
        return leaf_hash(sealed.leaf)

    return make_receipt(sealed, 0, (), issue_checkpoint(1, node, signer, None))
