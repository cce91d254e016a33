"""Signing notes (c2sp.org/signed-note) with Ed25519."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.audit.verifier import (
    SIGNATURE_PREFIX,
    FormatError,
    VerifierKey,
    is_key_name,
    parse_note,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class NoteSigner:
    """A log's private key with the name under which it signs.

    Raises:
        FormatError: signed notes don't allow the name (empty, spaces, `+`).
    """

    name: str
    private: Ed25519PrivateKey

    def __post_init__(self) -> None:
        """Refuse a name that no verifier would accept."""
        if not is_key_name(self.name):
            raise FormatError("a log's name must not be empty or hold spaces or '+'")

    @property
    def vkey(self) -> VerifierKey:
        """The public half, as `/vkey` gives it."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())


def sign_note(text: str, signer: NoteSigner) -> bytes:
    """Return the note of `text` signed by `signer`.

    Args:
        text: ends with a newline, holds no other control characters.
        signer: who signs.

    Raises:
        FormatError: the text can't be a note's.
    """
    signature = signer.vkey.key_id + signer.private.sign(text.encode())
    line = f"{SIGNATURE_PREFIX}{signer.name} {base64.b64encode(signature).decode()}\n"
    note = f"{text}\n{line}".encode()
    if parse_note(note).text != text:
        raise FormatError("the text of a note ends with a newline")
    return note
