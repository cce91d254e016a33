"""Keys: a master key wraps one data key for each purpose (envelope encryption).

`keys.json` holds the wrapped data keys and lies in the home; the master key doesn't. Each data
key has a `kid`, and whatever is sealed under it names that `kid`.

Guarantee:
    Who holds the home without the master key reads no key (AES-256-GCM, NIST SP 800-38D), and
    can't move a wrapped key to another name unnoticed.

Does not protect:
    A machine taken while it runs, or a master key kept on the disk that is lost with the home.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from anonymizers.pseudonyms import derive_key
from gateway.ciphers import KID_BYTES, NONCE_BYTES, DataKey, StoreCipher
from gateway.clock import Clock
from gateway.errors import KeysError
from gateway.files import create_exclusively
from gateway.master_key import create_master_key, load_master_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.homes import Home

VERSION = 1


@dataclass(frozen=True)
class TokenSigningKey:
    """The key that signs access tokens (ES256).

    Attributes:
        kid: as in the key set that the gateway publishes.
        private: on P-256.
    """

    kid: str
    private: ec.EllipticCurvePrivateKey


class Keys:
    """The keys of one home, unwrapped in memory."""

    def __init__(self, keys: Mapping[str, DataKey]) -> None:
        """Hold one data key for each name in `_MAKERS`."""
        self._keys = keys

    @classmethod
    def create(cls, home: Home) -> Self:
        """Make the master key and every data key of a new home.

        Raises:
            KeysError: keys are there already; nothing was overwritten.
        """
        if home.keys_file.exists():
            raise KeysError(f"{home.keys_file} exists and isn't overwritten: open this home")
        master = create_master_key(home)
        keys = {name: DataKey(name, _new_kid(), make()) for name, make in _MAKERS.items()}
        create_exclusively(home.keys_file, _wrap_all(keys, master))
        return cls(keys)

    @classmethod
    def open(cls, home: Home) -> Self:
        """Unwrap the keys of a home.

        Raises:
            KeysError: a key is missing, exposed or damaged, or the master key is another home's.
        """
        records = _read_records(home)
        master = load_master_key(home)
        opened = [_unwrap(record, master) for record in records]
        if not any(opened):
            raise KeysError(f"this master key doesn't belong to this home ({home.path}): find its")
        if not all(opened) or {key.name for key in opened if key} != set(_MAKERS):
            raise KeysError(f"{home.keys_file} was changed: restore it from a backup")
        return cls({key.name: key for key in opened if key})

    def catalog(self) -> str:
        """Return the key of the lake's catalog, in hexadecimal."""
        return self._keys["catalog"].secret.hex()

    def vault(self) -> str:
        """Return the key of the identifier vault, in hexadecimal."""
        return self._keys["vault"].secret.hex()

    def token_vault(self) -> str:
        """Return the key of the token vault, in hexadecimal."""
        return derive_key(self._keys["vault"].secret, "weir token vault v1").hex()

    def domain(self, domain: str) -> bytes:
        """Return the key of a domain's roots: one in the whole home, so datasets share people."""
        return derive_key(self._keys["domains"].secret, "weir domain v1", domain)

    def tokens(self) -> bytes:
        """Return the secret that token keys are derived from."""
        return self._keys["tokens"].secret

    def changes(self) -> bytes:
        """Return the secret that draws of noise, moves and codes are derived from."""
        return derive_key(self._keys["tokens"].secret, "weir changes v1")

    def order(self) -> bytes:
        """Return the secret that keyed orders are derived from."""
        return self._keys["order"].secret

    def store_cipher(self) -> StoreCipher:
        """Return the cipher of store columns that hold roots, classes or filters."""
        return StoreCipher(self._keys["store"])

    def fingerprint(self, value: bytes) -> str:
        """Return a keyed hash in hexadecimal: equal for equal values, guessable by nobody else."""
        return self.fingerprinting(value).hexdigest()

    def fingerprinting(self, value: bytes = b"") -> hmac.HMAC:
        """Begin the fingerprint of a value that comes part by part (`update`, `hexdigest`)."""
        key = derive_key(self._keys["store"].secret, "weir fingerprint v1")
        return hmac.new(key, value, "sha256")

    def content_key_wrap(self, key: bytes, context: str) -> bytes:
        """Wrap the key of one released file; destroying the wrapped form destroys the bytes."""
        return StoreCipher(self._keys["content"]).seal(key, context)

    def content_key_unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Unwrap the key of one released file.

        Raises:
            SealedFileError: it was changed, or belongs to another release.
        """
        return StoreCipher(self._keys["content"]).open(wrapped, context)

    def log_signer(self) -> Ed25519PrivateKey:
        """Return the key that signs checkpoints."""
        private = load_der_private_key(self._keys["log-signing"].secret, password=None)
        return cast("Ed25519PrivateKey", private)

    def token_signing(self) -> TokenSigningKey:
        """Return the key that signs access tokens."""
        key = self._keys["token-signing"]
        private = load_der_private_key(key.secret, password=None)
        return TokenSigningKey(key.kid, cast("ec.EllipticCurvePrivateKey", private))


def _random_key() -> bytes:
    return secrets.token_bytes(32)


def _ed25519_key() -> bytes:
    return _der(Ed25519PrivateKey.generate())


def _p256_key() -> bytes:
    return _der(ec.generate_private_key(ec.SECP256R1()))


def _der(private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


_MAKERS: Mapping[str, Callable[[], bytes]] = {
    "catalog": _random_key,
    "vault": _random_key,
    "domains": _random_key,
    "tokens": _random_key,
    "order": _random_key,
    "store": _random_key,
    "content": _random_key,
    "log-signing": _ed25519_key,
    "token-signing": _p256_key,
}


def _new_kid() -> str:
    return secrets.token_hex(KID_BYTES)


def _associated(name: str, kid: str) -> bytes:
    return f"weir data key v{VERSION}\n{name}\n{kid}".encode()


def _wrap_all(keys: Mapping[str, DataKey], master: bytes) -> bytes:
    created = Clock().timestamp()
    records = [
        {"name": key.name, "kid": key.kid, "created": created, "wrapped": _wrap(key, master)}
        for key in keys.values()
    ]
    return json.dumps({"version": VERSION, "keys": records}, indent=1).encode() + b"\n"


def _wrap(key: DataKey, master: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(master).encrypt(nonce, key.secret, _associated(key.name, key.kid))
    return base64.b64encode(nonce + sealed).decode()


def _unwrap(record: Mapping[str, Any], master: bytes) -> DataKey | None:
    try:
        name, kid = record["name"], record["kid"]
        sealed = base64.b64decode(record["wrapped"], validate=True)
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return DataKey(name, kid, AESGCM(master).decrypt(nonce, body, _associated(name, kid)))
    except (InvalidTag, KeyError, TypeError, ValueError):
        return None


def _read_records(home: Home) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(home.keys_file.read_bytes())
        version, records = document["version"], document["keys"]
    except FileNotFoundError:
        raise KeysError(f"no {home.keys_file}: make a home with `weir init`, or restore") from None
    except (KeyError, TypeError, ValueError):
        raise KeysError(f"{home.keys_file} can't be read: restore it from a backup") from None
    if version != VERSION:
        raise KeysError(f"{home.keys_file} has version {version}: use a newer Weir")
    return cast("list[Mapping[str, Any]]", records)
