"""Clients: partners as the token endpoint sees them, each with the public keys of its file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import ClientMixin
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey

from gateway.permissions import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from joserfc.jwk import Key

    from gateway.registry import Registry

ALGORITHMS = ("ES256", "Ed25519", "EdDSA", "PS256")
MIN_RSA_BITS = 2048
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_OKP = frozenset({"Ed25519", "EdDSA"})


@dataclass(frozen=True)
class VerificationKey:
    """One public key and the algorithms that may be used with it."""

    key: Key
    algorithms: frozenset[str]
    names: frozenset[str]


class PartnerClient(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """A partner that may ask for tokens.

    Attributes:
        client_id: the partner's name.
        keys: several while keys rotate; each is good until the partner's file leaves it out.
    """

    def __init__(self, client_id: str, keys: tuple[VerificationKey, ...]) -> None:
        """Name a client and its keys."""
        self.client_id = client_id
        self.keys = keys

    def candidates(self, header: Mapping[str, Any]) -> Iterable[Key]:
        """Return the keys that may have signed under this header: by `kid`, if it has one."""
        algorithm, kid = header.get("alg"), header.get("kid")
        for held in self.keys:
            if algorithm in held.algorithms and (kid is None or kid in held.names):
                yield held.key

    def get_client_id(self) -> str:
        """Return the partner's name."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return nothing: nobody is redirected."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the granted scopes, all of them where none was named; None refuses."""
        wanted = SCOPES if scope is None else tuple(scope.split())
        if not wanted or not set(wanted) <= set(SCOPES):
            return None
        return " ".join(sorted(set(wanted)))

    def check_redirect_uri(self, redirect_uri: str) -> bool:  # noqa: ARG002 - the library's form
        """Refuse every redirection."""
        return False

    def check_client_secret(self, client_secret: str) -> bool:  # noqa: ARG002 - the library's form
        """Refuse every secret: clients have keys."""
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        """Accept signed assertions alone."""
        return method == "private_key_jwt"

    def check_response_type(self, response_type: str) -> bool:  # noqa: ARG002 - the library's form
        """Refuse the authorization endpoint: there is none."""
        return False

    def check_grant_type(self, grant_type: str) -> bool:
        """Accept client credentials alone."""
        return grant_type == "client_credentials"


class UnknownClient(PartnerClient):
    """Stands in for a client that isn't there: its assertions are checked, and always fail.

    So an unknown, a suspended and a known client answer alike, after about the same work.
    """

    def __init__(self) -> None:
        """Hold keys that nobody has."""
        keys: tuple[Key, ...] = (ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"))
        super().__init__("", tuple(_verification_key(key) for key in keys))

    def candidates(self, header: Mapping[str, Any]) -> Iterable[Key]:
        """Return a key for the algorithm, whatever the `kid`."""
        return (held.key for held in self.keys if header.get("alg") in held.algorithms)


def find_client(registry: Registry, client_id: str) -> PartnerClient:
    """Return the client of an active partner, or the stand-in for one that isn't there."""
    declared = registry.partner(client_id) if _NAME.fullmatch(client_id) else None
    if declared is None or declared.suspended or declared.document.jwks is None:
        return _unknown_client()
    jwks = json.dumps(declared.document.jwks, sort_keys=True)
    return PartnerClient(client_id, verification_keys(jwks))


@lru_cache(maxsize=1)
def _unknown_client() -> UnknownClient:
    return UnknownClient()


@lru_cache(maxsize=256)
def verification_keys(jwks: str) -> tuple[VerificationKey, ...]:
    """Return the usable keys of a JSON Web Key Set; keys that can't verify are left out."""
    keys = (_read_key(data) for data in json.loads(jwks).get("keys", ()))
    return tuple(key for key in keys if key is not None and key.algorithms)


def _read_key(data: dict[str, Any]) -> VerificationKey | None:
    if data.get("use", "sig") != "sig" or "verify" not in data.get("key_ops", ["verify"]):
        return None
    # The library would hold `EdDSA` and `Ed25519` for two algorithms.
    named = data.get("alg")
    accepted = _OKP if named in _OKP else frozenset(ALGORITHMS if named is None else [named])
    unnamed = {name: value for name, value in data.items() if name != "alg"}
    try:
        key = _verification_key(JWKRegistry.import_key(unnamed))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return replace(key, algorithms=key.algorithms & accepted)


def _verification_key(key: Key) -> VerificationKey:
    thumbprint = key.thumbprint()
    names = frozenset({thumbprint, key.kid or thumbprint})
    return VerificationKey(key, _fitting_algorithms(key), names)


def _fitting_algorithms(key: Key) -> frozenset[str]:
    """Return what this kind of key may sign with; RS256 and every shared secret are nowhere."""
    public = key.get_op_key("verify")
    if isinstance(key, ECKey) and key.curve_name == "P-256":
        return frozenset({"ES256"})
    if isinstance(key, OKPKey) and key.curve_name == "Ed25519":
        return _OKP
    if isinstance(public, RSAPublicKey) and public.key_size >= MIN_RSA_BITS:
        return frozenset({"PS256"})
    return frozenset()
