"""The token endpoint: client credentials, proven by a signed assertion (RFC 6749, RFC 7523)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion

from gateway.access_tokens import AccessTokenGenerator
from gateway.assertions import check_claims, check_type, spend_assertion
from gateway.clients import ALGORITHMS, find_client
from gateway.jwts import JwtError, StrictRegistry, read_unverified, verify
from gateway.permissions import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authlib.oauth2 import OAuth2Error

    from gateway.clients import PartnerClient
    from gateway.context import Context

FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_FIELDS = 16
_REGISTRY = StrictRegistry(ALGORITHMS)

# One text for each error: what was sent is never repeated, and no text tells a client that
# isn't there from one that is.
_DESCRIPTIONS = {
    "invalid_request": "send one form with each field once; authenticate by assertion alone",
    "invalid_client": (
        "client authentication failed: check client id, key, kid, audience, a new jti, "
        "and that this machine has the right time"
    ),
    "invalid_scope": "ask for scopes this server lists in its metadata, or for none",
    "unsupported_grant_type": "the grant type is client_credentials",
}


class _Quiet(logging.Filter):
    """Authlib logs whole tokens at DEBUG; nothing below WARNING passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


def silence_tokens() -> None:
    """Keep tokens and assertions out of every log, whatever level the operator sets.

    A filter on a logger doesn't reach its children, so each of them gets it.
    """
    names = [name for name in logging.root.manager.loggerDict if name.startswith("authlib")]
    for name in {"authlib", *names}:
        logger = logging.getLogger(name)
        if not any(isinstance(known, _Quiet) for known in logger.filters):
            logger.addFilter(_Quiet())


@dataclass(frozen=True)
class TokenAnswer:
    """What the endpoint answers."""

    status: int
    body: Mapping[str, Any]


class _Form(OAuth2Payload):  # type: ignore[misc] # Authlib has no types
    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    @property
    def data(self) -> dict[str, str]:
        return self._fields

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: [value] for name, value in self._fields.items()}


class _TokenRequest(OAuth2Request):  # type: ignore[misc] # Authlib has no types
    def __init__(self, uri: str, fields: dict[str, str]) -> None:
        super().__init__("POST", uri)
        self.payload = _Form(fields)

    @property
    def form(self) -> dict[str, str]:
        fields: dict[str, str] = self.payload.data
        return fields


class _AssertionAuthentication(JWTBearerClientAssertion):  # type: ignore[misc] # no types
    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, context: Context) -> None:
        super().__init__(validate_jti=True)
        self._context = context

    def __call__(self, query_client: Any, request: _TokenRequest) -> PartnerClient:
        """Return the client that signed the assertion.

        The library's own form reads default algorithms, takes a list of audiences, and lets an
        assertion last as long as it likes; so every check is ours, in one order for everybody.
        """
        if request.form.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidClientError
        try:
            return self._authenticate(query_client, request.form)
        except JwtError:
            raise InvalidClientError from None

    def _authenticate(self, query_client: Any, form: Mapping[str, str]) -> PartnerClient:
        token = read_unverified(form.get("client_assertion", ""))
        claimed = token.claims.get("sub")
        if not isinstance(claimed, str) or form.get("client_id", claimed) != claimed:
            raise JwtError
        client: PartnerClient = query_client(claimed)
        check_type(token.header)
        verify(token, client.candidates(token.header), _REGISTRY)
        now = self._context.clock.now().timestamp()
        issuer = self._context.public_url
        check_claims(token.claims, client=client.client_id, issuer=issuer, now=now)
        spend_assertion(self._context.store, token.claims, now)
        return client


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc] # no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("private_key_jwt",)


class TokenServer(AuthorizationServer):  # type: ignore[misc] # Authlib has no types
    """Gives five-minute access tokens to active partners that prove who they are.

    **Guarantee.** An assertion is accepted once, at most a minute old, for this issuer alone,
    under a key of the partner's file; an unknown and a suspended partner answer alike.

    References:
        RFC 6749 section 4.4, RFC 7521, RFC 7523 section 3, RFC 9068.
    """

    def __init__(self, context: Context) -> None:
        """Serve the partners of a home."""
        super().__init__(scopes_supported=SCOPES)
        silence_tokens()
        self._context = context
        self.register_client_auth_method("private_key_jwt", _AssertionAuthentication(context))
        self.register_grant(_ClientCredentials)
        self.register_token_generator("default", AccessTokenGenerator(context))

    def answer(self, content_type: str, authorization: str | None, body: bytes) -> TokenAnswer:
        """Answer a token request.

        Args:
            content_type: of the body, as sent.
            authorization: the header's value, if there was one.
            body: at most as large as the body limit lets in.
        """
        try:
            fields = _read_form(content_type, authorization, body)
        except InvalidRequestError as error:
            return self.handle_error_response(None, error)
        answer: TokenAnswer = self.create_token_response(fields)
        return answer

    def query_client(self, client_id: str) -> PartnerClient:
        """Return a client; one that isn't there has keys that nobody holds."""
        return find_client(self._context.registry, client_id)

    def save_token(self, token: object, request: object) -> None:
        """Keep nothing: a token carries all that is needed to check it."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody."""

    def create_oauth2_request(self, request: dict[str, str]) -> _TokenRequest:
        """Wrap the fields of the form."""
        return _TokenRequest(f"{self._context.public_url}/oauth/token", request)

    def handle_response(
        self, status: int, body: Mapping[str, Any], _headers: object
    ) -> TokenAnswer:
        """Return the answer; the route sends it."""
        return TokenAnswer(status, body)

    def handle_error_response(self, request: object, error: OAuth2Error) -> TokenAnswer:  # noqa: ARG002
        """Return an error that says what to check and repeats nothing."""
        description = _DESCRIPTIONS.get(error.error, "the request can't be answered")
        return TokenAnswer(400, {"error": error.error, "error_description": description})


def _read_form(content_type: str, authorization: str | None, body: bytes) -> dict[str, str]:
    """Return the fields of a form; refuse repeated ones and a second way to authenticate."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != FORM or authorization is not None:
        raise InvalidRequestError
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise InvalidRequestError from None
    fields = dict(pairs)
    if len(fields) < len(pairs) or "client_secret" in fields:
        raise InvalidRequestError
    return fields


def server_metadata(public_url: str) -> dict[str, Any]:
    """Return what a client needs to know of this server (RFC 8414)."""
    return {
        "issuer": public_url,
        "token_endpoint": f"{public_url}/oauth/token",
        "jwks_uri": f"{public_url}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": list(SCOPES),
    }
