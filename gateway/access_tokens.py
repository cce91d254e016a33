"""Access tokens: five minutes, one audience, signed with ES256 (RFC 9068)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator, JWTBearerTokenValidator
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from gateway.jwts import JwtError, StrictRegistry, is_time, read_unverified, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.clients import PartnerClient
    from gateway.clock import Clock
    from gateway.context import Context
    from gateway.keys import TokenSigningKey

LIFETIME_SECONDS = 300
ALGORITHM = "ES256"
TYPE = "at+jwt"
_REGISTRY = StrictRegistry([ALGORITHM])


def audience_of(public_url: str) -> str:
    """Return what access tokens are good for: this gateway's interface, nothing else."""
    return f"{public_url}/v1"


def signing_key(key: TokenSigningKey) -> ECKey:
    """Return the signing key in the form that the token library takes."""
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem, {"kid": key.kid, "use": "sig", "alg": ALGORITHM})


class AccessTokenGenerator(JWTBearerTokenGenerator):  # type: ignore[misc] # no types
    """Makes access tokens.

    The library's own form signs with RS256, and its default lifetime for this grant is ten
    days; here both are said.
    """

    def __init__(self, context: Context) -> None:
        """Sign with the home's token key."""
        super().__init__(context.public_url, alg=ALGORITHM, expires_generator=LIFETIME_SECONDS)
        self._key = signing_key(context.keys.token_signing())
        self._clock: Clock = context.clock

    def get_jwks(self) -> KeySet:
        """Return the key set that verifies the tokens."""
        return KeySet([self._key])

    def access_token_generator(
        self,
        client: PartnerClient,
        grant_type: str,  # noqa: ARG002 - the library's form
        user: None,  # noqa: ARG002 - the library's form
        scope: str,
    ) -> str:
        """Return a signed token for a client; it has read no clock but the home's."""
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": audience_of(self.issuer),
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": scope,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": ALGORITHM, "kid": self._key.kid, "typ": TYPE}
        return jwt.encode(header, claims, self._key, registry=_REGISTRY)


class AccessTokenValidator(JWTBearerTokenValidator):  # type: ignore[misc] # no types
    """Accepts the tokens that this gateway made for itself, for as long as they last."""

    def __init__(self, context: Context) -> None:
        """Verify with the home's token key."""
        super().__init__(context.public_url, audience_of(context.public_url))
        self._key = signing_key(context.keys.token_signing())
        self._clock: Clock = context.clock

    def get_jwks(self) -> KeySet:
        """Return the key set that verifies the tokens."""
        return KeySet([self._key])

    def authenticate_token(self, token_string: str) -> Mapping[str, Any]:
        """Return the claims of a token that is what it must be.

        Raises:
            InvalidTokenError: it isn't.
        """
        try:
            token = read_unverified(token_string)
            self._check_header(token.header)
            verify(token, (self._key,), _REGISTRY)
            self._check_claims(token.claims)
        except JwtError:
            raise InvalidTokenError from None
        return token.claims

    def _check_header(self, header: Mapping[str, Any]) -> None:
        if header.get("typ") != TYPE or header.get("kid") != self._key.kid:
            raise JwtError

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        now = self._clock.now().timestamp()
        expiry: Any = claims.get("exp")
        client = claims.get("client_id")
        checks = (
            claims.get("iss") == self.issuer,
            claims.get("aud") == self.resource_server,
            is_time(expiry) and now < expiry <= now + LIFETIME_SECONDS,
            isinstance(client, str) and client == claims.get("sub"),
            isinstance(claims.get("scope"), str),
        )
        if not all(checks):
            raise JwtError

    def validate_token(
        self,
        token: Mapping[str, Any],
        scopes: list[str],
        request: object,  # noqa: ARG002 - the library's form
    ) -> None:
        """Check that a token has the scopes.

        Args:
            token: its claims.
            scopes: alternatives; `"a b"` in one of them means both.
            request: not looked at.

        Raises:
            InsufficientScopeError: it hasn't.
        """
        if self.scope_insufficient(token["scope"], scopes):
            raise InsufficientScopeError


def public_keys(key: TokenSigningKey) -> dict[str, Any]:
    """Return the key set that verifies access tokens, public members alone."""
    return {"keys": [signing_key(key).as_dict(private=False)]}
