"""Ciphers: a data key with its name, and the sealing of small values under it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import SealedFileError

KID_BYTES = 8
NONCE_BYTES = 12


@dataclass(frozen=True, repr=False)
class DataKey:
    """One unwrapped data key; its secret is in no text form of it.

    Attributes:
        name: its purpose. kid: 16 hexadecimal digits, random.
        secret: 32 bytes, or the DER of a private key.
    """

    name: str
    kid: str
    secret: bytes

    def __repr__(self) -> str:
        """Show the name and the kid alone."""
        return f"DataKey({self.name}, {self.kid})"


@dataclass(frozen=True)
class StoreCipher:
    """Seals small values (store columns, other keys) with AES-256-GCM under a data key.

    The sealed form is kid (8 bytes) ‖ nonce (12) ‖ ciphertext and tag. The context (which
    table, row and column) is authenticated: a sealed value moved elsewhere doesn't open. Random
    nonces bear 2^32 values for each key.
    """

    key: DataKey

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Return the sealed form of a value."""
        kid, nonce = bytes.fromhex(self.key.kid), os.urandom(NONCE_BYTES)
        return kid + nonce + AESGCM(self.key.secret).encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the value that was sealed for this context.

        Raises:
            SealedFileError: it was changed, moved, or sealed under another key.
        """
        kid, rest = sealed[:KID_BYTES], sealed[KID_BYTES:]
        if kid.hex() != self.key.kid:
            raise SealedFileError(f"sealed under key {kid.hex()}: restore keys.json that holds it")
        try:
            nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
            return AESGCM(self.key.secret).decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError):
            raise SealedFileError("a sealed value was changed or moved: restore it") from None
