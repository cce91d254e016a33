"""A partner's key pair: the private half stays with it, the public half goes to the gateway."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

from gateway.client.errors import OutputFileError
from gateway.files import create_exclusively

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC_MODE = 0o644
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class KeyFiles:
    """Where a new key pair lies: PEM of mode 0600, and a JSON Web Key Set to hand over."""

    private: Path
    jwks: Path


def make_key_pair(partner: str, folder: Path) -> KeyFiles:
    """Make an Ed25519 key pair for a partner; nothing is overwritten.

    Raises:
        OutputFileError: one of the files exists, there is no such folder, or the name can't be
            a partner's.
    """
    if not _NAME.fullmatch(partner):
        raise OutputFileError(
            f"{partner!r} can't be a partner's name; use small letters, digits and single "
            "hyphens, like harbor-network",
        )
    if not folder.is_dir():
        raise OutputFileError(f"there is no folder {folder}; make it first")
    files = KeyFiles(folder / f"{partner}.pem", folder / f"{partner}.jwks.json")
    for file in (files.private, files.jwks):
        if file.exists():
            raise OutputFileError(f"{file} exists; move it away, or name another folder")
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kid = f"{partner}-{secrets.token_hex(4)}"
    public = OKPKey.import_key(pem).as_dict(private=False, kid=kid, use="sig")
    create_exclusively(files.private, pem)
    create_exclusively(files.jwks, json.dumps({"keys": [public]}).encode() + b"\n", PUBLIC_MODE)
    return files
