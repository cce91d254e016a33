"""Entries: what the log says happened, sealed by a salt so that the log itself can be public."""

from __future__ import annotations

import secrets
from typing import Any, Literal, get_args

from gateway.audit.verifier import SALT_BYTES, FormatError, SealedEntry, canonical_json

EntryType = Literal[
    "release",
    "refusal",
    "review",
    "dataset",
    "policy",
    "agreement",
    "partner",
    "officer",
    "submission",
    "withdrawal",
    "recall",
    "key",
    "period",
    "identification",
    "checkpoint-alarm",
]
ENTRY_TYPES: frozenset[str] = frozenset(get_args(EntryType))
OWN_FACTS = frozenset({"type", "id", "time"})


def make_entry(kind: EntryType, id_: str, time: str, /, **facts: Any) -> bytes:
    """Write an entry as canonical JSON.

    Does not protect: against personal data in `facts`; callers name ids, hashes and states only.

    Args:
        kind: one of the contract's entry types.
        id_: of what the entry is about.
        time: RFC 3339 in UTC.
        **facts: further members, such as `manifest_sha256`.

    Raises:
        FormatError: an unknown type, a fact that would hide one of the three above, or a value
            without a canonical form.
    """
    if kind not in ENTRY_TYPES:
        raise FormatError(f"no entry type {kind!r}; the contract names: {sorted(ENTRY_TYPES)}")
    if hidden := OWN_FACTS & facts.keys():
        raise FormatError(f"an entry's {', '.join(sorted(hidden))} can't be given twice")
    return canonical_json({"type": kind, "id": id_, "time": time, **facts})


def seal_entry(entry: bytes) -> SealedEntry:
    """Seal an entry under a fresh salt.

    Guarantee: the leaf binds the log to the entry (SHA-256 collisions aside), and whoever lacks
    the 32 random bytes of salt learns nothing from it, even by guessing the entry. Destroying the
    salt therefore erases the entry from the log without changing the tree.
    """
    return SealedEntry(entry=entry, salt=secrets.token_bytes(SALT_BYTES))
