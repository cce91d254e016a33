from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway.declarations import add_partner, resume_partner, suspend_partner
from policies.documents import parse_partner
from tests.http_fixtures import URL, new_key


def test_a_signed_assertion_gets_a_five_minute_token(harbor):
    answer = harbor.ask_token()
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 300
    assert body["scope"] == ("extracts:read extracts:write submissions:read submissions:write")
    assert "refresh_token" not in body
    assert answer.headers["cache-control"] == "no-store"


def test_the_token_verifies_with_the_published_keys(harbor, gateway):
    keys = KeySet.import_key_set(gateway.http.get("/.well-known/jwks.json").json())
    token = jwt.decode(harbor.token(), keys, algorithms=["ES256"])
    now = int(gateway.clock.now().timestamp())
    assert token.header["typ"] == "at+jwt"
    assert token.claims["iss"] == URL
    assert token.claims["aud"] == f"{URL}/v1"
    assert token.claims["sub"] == token.claims["client_id"] == "harbor"
    assert token.claims["exp"] == now + 300


def test_published_keys_have_no_private_member(gateway):
    keys = gateway.http.get("/.well-known/jwks.json").json()["keys"]
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "EdDSA", "PS256"])
def test_every_algorithm_of_the_contract_is_accepted(gateway, algorithm):
    asking = gateway.add_partner("any-key", keys=[new_key(algorithm)])
    assert asking.ask_token(asking.assertion(algorithm)).status_code == 200


@pytest.mark.parametrize("named", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("sent", ["EdDSA", "Ed25519"])
def test_both_names_of_ed25519_mean_the_same(gateway, named, sent):
    key = new_key("Ed25519")
    public = {**key.as_dict(private=False), "alg": named}
    asking = gateway.add_partner("okp", keys=[key], jwks={"keys": [public]})
    assert asking.ask_token(asking.assertion(sent)).status_code == 200


@pytest.mark.parametrize("kind", ["jwt", "JWT", "client-authentication+jwt"])
def test_an_assertion_may_name_its_kind(harbor, kind):
    assert harbor.ask_token(harbor.assertion(header={"typ": kind})).status_code == 200


def test_a_scope_may_be_narrowed(harbor):
    assert harbor.ask_token(scope="extracts:read").json()["scope"] == "extracts:read"


def test_client_id_may_be_repeated_in_the_form(harbor):
    assert harbor.ask_token(client_id="harbor").status_code == 200


def test_an_assertion_without_kid_is_tried_with_each_key(gateway):
    asking = gateway.add_partner("two-keys", keys=[new_key(), new_key()])
    assert asking.ask_token(asking.assertion(header={"kid": None})).status_code == 200


def test_a_kid_may_be_the_thumbprint_of_the_key(harbor):
    header = {"kid": harbor.key.thumbprint()}
    assert harbor.ask_token(harbor.assertion(header=header)).status_code == 200


def test_keys_rotate_with_overlap(gateway):
    old, new = new_key(), new_key()
    asking = gateway.add_partner("rotating", keys=[old])
    gateway.add_partner("rotating", keys=[old, new])
    both = [asking.ask_token().status_code]
    asking.key = new
    both.append(asking.ask_token().status_code)
    assert both == [200, 200]
    gateway.add_partner("rotating", keys=[new])
    assert asking.ask_token().status_code == 200
    asking.key = old
    assert asking.ask_token().status_code == 400


def test_a_suspended_partner_gets_no_token_until_it_is_resumed(gateway, harbor):
    suspend_partner(gateway.context, "harbor")
    assert harbor.ask_token().json()["error"] == "invalid_client"
    resume_partner(gateway.context, "harbor")
    assert harbor.ask_token().status_code == 200


def test_metadata_says_what_is_accepted(gateway):
    metadata = gateway.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == URL
    assert metadata["token_endpoint"] == f"{URL}/oauth/token"
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "RS256" not in metadata["token_endpoint_auth_signing_alg_values_supported"]


def test_a_partner_file_with_a_key_that_does_not_verify_still_uses_the_others(gateway):
    good = new_key()
    broken = {**new_key().as_dict(private=False), "x": "AAAA", "kid": "broken"}
    for_encryption = {**new_key().as_dict(private=False), "use": "enc", "kid": "enc"}
    asking = gateway.add_partner("mixed", keys=[good])
    document = {
        "partner": "mixed",
        "name": "Mixed",
        "class": "ngo",
        "jwks": {"keys": [broken, for_encryption, good.as_dict(private=False)]},
    }
    add_partner(gateway.context, parse_partner(document))
    assert asking.ask_token().status_code == 200
