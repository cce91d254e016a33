"""Versions by content: one canonical form of a document, and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from policies.documents.base import Document


def canonical_bytes(value: Mapping[str, Any]) -> bytes:
    """Return the JSON of a mapping with sorted keys, without spaces, as UTF-8."""
    return _json(value, sort_keys=True)


def canonical_document(document: Document) -> bytes:
    """Return the canonical bytes of a document.

    A key that is left out and one that is written with its default are the same document, so
    defaults are left out; a later key with a default keeps every hash. Keys are sorted where
    Weir names them; where the file names them (columns), their order is part of the document.

    Returns:
        JSON that the same `parse_...` reads back into an equal document.
    """
    return _json(_content(document), sort_keys=False)


def document_sha256(document: Document) -> str:
    """Return the version of a document: the SHA-256 of its canonical bytes, in hex."""
    return hashlib.sha256(canonical_document(document)).hexdigest()


def _json(value: Any, *, sort_keys: bool) -> bytes:
    text = json.dumps(
        value, sort_keys=sort_keys, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _content(value: Any) -> Any:
    if isinstance(value, Document):
        short = value.short_form()
        return dict(sorted(_set_fields(value))) if short is None else short
    if isinstance(value, Mapping):
        return {key: _content(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_content(item) for item in value]
    return str(value) if isinstance(value, date | Decimal) else value


def _set_fields(document: Document) -> list[tuple[str, Any]]:
    return [
        (field.alias or name, _content(getattr(document, name)))
        for name, field in type(document).model_fields.items()
        if getattr(document, name) != field.get_default(call_default_factory=True)
    ]
