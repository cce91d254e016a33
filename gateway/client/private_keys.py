"""The partner's private key, and the assertions it signs to say who asks (RFC 7523)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.client.errors import PrivateKeyError

if TYPE_CHECKING:
    from pathlib import Path

    from joserfc.jwk import Key

ASSERTION_SECONDS = 60  # the gateway takes none that is older
MIN_RSA_BITS = 2048
USABLE = "an Ed25519 key, an EC key on P-256, or an RSA key of 2048 bits or more"


@dataclass(frozen=True)
class PartnerKey:
    """A private key and the one algorithm that it signs with.

    Attributes:
        file: where it was read from; the gateway's key is pinned beside it.
        algorithm: `Ed25519`, `ES256` or `PS256`.
    """

    file: Path
    algorithm: str
    key: Key = field(repr=False)


def load_partner_key(file: Path) -> PartnerKey:
    """Read a private key in PEM form; its kind decides the algorithm.

    Raises:
        PrivateKeyError: missing, unreadable, behind a passphrase, or of a kind that the gateway
            doesn't take.
    """
    try:
        pem = file.read_bytes()
        private = load_pem_private_key(pem, password=None)
    except OSError as error:
        raise PrivateKeyError(f"the key {file} can't be read: {error.strerror}") from error
    except TypeError as error:
        raise PrivateKeyError(
            f"the key {file} has a passphrase; give a copy without one, readable by you alone"
        ) from error
    except ValueError as error:
        raise PrivateKeyError(f"{file} is no private key in PEM form; make {USABLE}") from error
    return _name_algorithm(file, pem, private)


def _name_algorithm(file: Path, pem: bytes, private: object) -> PartnerKey:
    match private:
        case Ed25519PrivateKey():
            return PartnerKey(file, "Ed25519", OKPKey.import_key(pem))
        case EllipticCurvePrivateKey() if isinstance(private.curve, SECP256R1):
            return PartnerKey(file, "ES256", ECKey.import_key(pem))
        case RSAPrivateKey() if private.key_size >= MIN_RSA_BITS:
            return PartnerKey(file, "PS256", RSAKey.import_key(pem))
    raise PrivateKeyError(f"the gateway doesn't take the kind of key in {file}; make {USABLE}")


def sign_assertion(key: PartnerKey, client_id: str, audience: str, now: float) -> str:
    """Sign a fresh assertion: used once, for one gateway, for a minute.

    Args:
        key: the partner's.
        client_id: the partner's name at the gateway.
        audience: the gateway's issuer, as one string.
        now: seconds since 1970.
    """
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now),
        "exp": int(now) + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(24),
    }
    return jwt.encode({"alg": key.algorithm}, claims, key.key, algorithms=[key.algorithm])
