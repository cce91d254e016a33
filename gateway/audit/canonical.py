"""Canonical JSON, for those who write it; the form itself is defined in the verifier."""

from __future__ import annotations

import hashlib
from typing import Any

from gateway.audit.verifier import FormatError, canonical_json, parse_canonical

__all__ = ["FormatError", "canonical_json", "canonical_sha256", "parse_canonical"]


def canonical_sha256(value: Any) -> str:
    """Return the SHA-256 of a value's canonical form, in hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
