"""Who asks: the access token of a request, and whether its partner is still active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import OAuth2Error, ResourceProtector
from authlib.oauth2.rfc6750 import InsufficientScopeError

from gateway.access_tokens import AccessTokenValidator
from gateway.errors import ScopeError, UnauthenticatedError
from gateway.oauth_server import silence_tokens
from gateway.permissions import Caller, can_ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.context import Context


@dataclass(frozen=True)
class _Bearer:
    """The part of a request that the library looks at."""

    headers: dict[str, str]


class Authenticator:
    """Turns the `Authorization` header of a request into its caller."""

    def __init__(self, context: Context) -> None:
        """Accept the tokens of this home."""
        silence_tokens()
        self._registry = context.registry
        self._protector = ResourceProtector()
        self._protector.register_token_validator(AccessTokenValidator(context))

    def authenticate(self, authorizations: Sequence[str], *scopes: str) -> Caller:
        """Return who asks, with all of the scopes.

        **Guarantee.** A suspended partner stops at its next request, whatever its token says.

        Args:
            authorizations: the values of the `Authorization` headers; there must be one.
            scopes: all of them are needed.

        Raises:
            UnauthenticatedError: there is no token, or it isn't good, or not any more.
            ScopeError: the token lacks a scope.
        """
        if len(authorizations) != 1:
            advice = "ask for a token at /oauth/token and send it, once"
            raise UnauthenticatedError(advice, token_sent=bool(authorizations))
        bearer = _Bearer({"Authorization": authorizations[0]})
        try:
            # A list means "one of": all of the scopes together are one string.
            claims = self._protector.validate_request([" ".join(scopes)], bearer)
        except InsufficientScopeError:
            raise ScopeError(" ".join(scopes)) from None
        except OAuth2Error:
            advice = "this token isn't good; ask for a new one"
            raise UnauthenticatedError(advice, token_sent=True) from None
        if not can_ask(self._registry, claims["client_id"]):
            raise UnauthenticatedError("this partner can't ask at present", token_sent=True)
        return Caller(claims["client_id"], frozenset(claims["scope"].split()))
