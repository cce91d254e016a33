"""Public ids of extracts, releases and submissions: random, opaque, short enough to read out."""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 20  # 100 bits


def new_id(kind: str) -> str:
    """Return `kind` + `_` + 20 characters of lower-case Crockford base32 (100 random bits)."""
    return kind + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_id(kind: str, text: str) -> bool:
    """Answer whether a text has the form of an id, before any database is asked for it."""
    pattern = f"{kind}_[{_ALPHABET}]{{{_LENGTH}}}"
    return re.fullmatch(pattern, text) is not None


def release_id_of(made_of: str) -> str:
    """Return the id of the one release an extract or aggregate can become; a retry finds it."""
    return "rel_" + made_of.partition("_")[2]
