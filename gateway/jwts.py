"""Signed tokens (JWS), read strictly: few algorithms, few headers, small, one error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from joserfc.jwa import JWSAlgModel
    from joserfc.jwk import Key
    from joserfc.registry import HeaderParameter

MAX_BYTES = 8192
HEADERS = frozenset({"alg", "kid", "typ"})


class JwtError(Exception):
    """A token that isn't accepted; why isn't told to whoever sent it."""


@dataclass(frozen=True)
class SignedToken:
    """A token as read, its signature not yet checked."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class StrictRegistry(JWSRegistry):
    """Accepts the named algorithms and the headers `alg`, `kid` and `typ` alone.

    The library's own check warns at `EdDSA`, whose name RFC 9864 replaced by `Ed25519` and
    which programs still send; keys are matched to algorithms in `clients`, so both names mean
    Ed25519 here.
    """

    def __init__(self, algorithms: Iterable[str]) -> None:
        """Accept these algorithms."""
        super().__init__(algorithms=frozenset(algorithms))
        known: dict[str, HeaderParameter] = self.default_header_registry
        self.header_registry = {name: known[name] for name in HEADERS}

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return an accepted algorithm."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def read_unverified(text: str) -> SignedToken:
    """Read a token to learn who claims to have signed it; nothing in it may be trusted yet.

    Raises:
        JwtError: it isn't a compact JWS over a JSON object, or it is too large.
    """
    if len(text) > MAX_BYTES:
        raise JwtError
    try:
        parts = jws.extract_compact(text.encode("ascii"))
        claims = json.loads(parts.payload)
        header = parts.headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise JwtError from None
    if not isinstance(claims, dict) or not isinstance(header, dict):
        raise JwtError
    return SignedToken(text, header, claims)


def verify(token: SignedToken, keys: Iterable[Key], registry: StrictRegistry) -> None:
    """Check a token's signature against the keys that may have made it.

    Raises:
        JwtError: none of them did, or a header or algorithm isn't accepted.
    """
    for key in keys:
        try:
            jws.deserialize_compact(token.text, key, registry=registry)
        except (JoseError, ValueError, TypeError):
            continue
        return
    raise JwtError


def is_time(value: object) -> bool:
    """Answer whether a claim is a NumericDate: a JSON number, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)
