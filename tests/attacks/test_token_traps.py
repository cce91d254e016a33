"""Attacks on access tokens and their scopes; beside each trap of the library, the library alone."""

from __future__ import annotations

import pytest
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator, JWTBearerTokenValidator
from joserfc.jwk import KeySet

from gateway.access_tokens import AccessTokenValidator, signing_key
from gateway.errors import ScopeError
from gateway.permissions import READ, WRITE
from tests.attacks.conftest import is_refused
from tests.http_fixtures import URL, sign

# Scopes


class Lenient:
    """A client as the library's documents write it: what isn't allowed falls away silently."""

    def get_allowed_scope(self, scope):
        return " ".join(sorted(set(scope.split()) & {READ, WRITE}))


def test_a_scope_that_is_not_allowed_is_an_error_not_a_token_without_scope(mallory):
    make = BearerTokenGenerator(lambda **_: "token")
    assert "scope" not in make("client_credentials", Lenient(), scope="officer:all")
    for scope in ("officer:all", f"{READ} officer:all", "", " ", f"{READ},{WRITE}"):
        answer = mallory.ask_token(scope=scope)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_two_scopes_mean_both_though_a_list_means_either(gateway, mallory):
    assert not AccessTokenValidator.scope_insufficient(READ, [READ, WRITE])
    token = mallory.token(scope=READ)
    authenticator = gateway.app.state.authenticator
    assert authenticator.authenticate([f"Bearer {token}"], READ).partner == "mallory"
    with pytest.raises(ScopeError):
        authenticator.authenticate([f"Bearer {token}"], READ, WRITE)


# Access tokens


class LibraryValidator(JWTBearerTokenValidator):
    """Token validation as the library does it by default."""

    def __init__(self, context):
        super().__init__(URL, f"{URL}/v1")
        self.key = signing_key(context.keys.token_signing())

    def get_jwks(self):
        return KeySet([self.key])


def token_claims(mallory, **changes):
    now = int(mallory.gateway.clock.now().timestamp())
    claims = {
        "iss": URL,
        "aud": f"{URL}/v1",
        "sub": "mallory",
        "client_id": "mallory",
        "scope": f"{READ} {WRITE}",
        "iat": now,
        "exp": now + 300,
        "jti": "1",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def opens(mallory, token):
    headers = {"Authorization": f"Bearer {token}"}
    status = mallory.gateway.http.get("/v1/datasets", headers=headers).status_code
    assert status in (200, 401, 403)
    return status == 200


def test_a_token_of_another_kind_is_refused_though_the_library_accepts_it(gateway, mallory):
    key = signing_key(gateway.context.keys.token_signing())
    library = LibraryValidator(gateway.context)
    untyped = sign(token_claims(mallory), key)
    library.validate_token(library.authenticate_token(untyped), [READ], None)
    assert not opens(mallory, untyped)
    assert not opens(mallory, sign(token_claims(mallory), key, header={"typ": "JWT"}))
    assert opens(mallory, sign(token_claims(mallory), key, header={"typ": "at+jwt"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": URL},
        {"aud": [f"{URL}/v1"]},
        {"aud": [f"{URL}/v1", "https://elsewhere.example"]},
        {"aud": None},
        {"sub": "harbor"},
        {"client_id": None},
        {"client_id": ["mallory"]},
        {"scope": None},
        {"scope": [READ]},
        {"exp": None},
        {"exp": 10**12},
        {"exp": float("nan")},
        {"exp": True},
    ],
)
def test_a_token_that_says_something_else_is_refused(gateway, mallory, changes):
    key = signing_key(gateway.context.keys.token_signing())
    token = sign(token_claims(mallory, **changes), key, header={"typ": "at+jwt"})
    assert not opens(mallory, token)


def test_a_token_signed_by_a_partner_is_refused(gateway, mallory):
    kid = gateway.context.keys.token_signing().kid
    header = {"typ": "at+jwt", "kid": kid}
    assert not opens(mallory, sign(token_claims(mallory), mallory.key, header=header))


def test_an_assertion_is_no_token_and_a_token_is_no_assertion(mallory):
    assert not opens(mallory, mallory.assertion())
    assert is_refused(mallory, mallory.token())
    assert is_refused(mallory, mallory.assertion(header={"typ": "at+jwt"}))


def test_a_token_lasts_five_minutes_though_the_library_says_ten_days(mallory):
    library = JWTBearerTokenGenerator(URL)
    assert library._get_expires_in(None, "client_credentials") == 864_000
    assert mallory.ask_token().json()["expires_in"] == 300
