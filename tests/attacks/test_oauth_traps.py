"""Attacks on the token endpoint; beside each trap of the library, the library alone.

A control shows that the attack is one: the library with its defaults, or a check left out,
lets it through.
"""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime

import pytest
from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc.jwk import KeySet, OctKey

from gateway.declarations import suspend_partner
from tests.attacks.conftest import is_refused
from tests.http_fixtures import URL, new_key, sign
from tests.racing import at_once


@pytest.fixture
def rsa_mallory(gateway):
    gateway.clock.moment = datetime.now(UTC)
    return gateway.add_partner("mallory", keys=[new_key("PS256")])


class LibraryAlone(JWTBearerClientAssertion):
    """Client authentication as the library does it by default."""

    def __init__(self):
        super().__init__(validate_jti=False)

    def get_audiences(self):
        return [URL]


def library_accepts(assertion, asking):
    public = asking.key.as_dict(private=False)
    try:
        LibraryAlone().process_assertion_claims(
            assertion, KeySet.import_key_set({"keys": [public]})
        )
    except InvalidClientError:
        return False
    return True


# Algorithms


def test_rs256_is_refused_though_the_library_accepts_it(rsa_mallory):
    assertion = rsa_mallory.assertion("RS256")
    assert library_accepts(assertion, rsa_mallory)
    assert is_refused(rsa_mallory, assertion)


def test_ps256_is_accepted_though_the_library_refuses_it(rsa_mallory):
    assertion = rsa_mallory.assertion("PS256")
    assert not library_accepts(assertion, rsa_mallory)
    assert not is_refused(rsa_mallory, assertion)


@pytest.mark.parametrize("algorithm", ["PS384", "PS512", "RS512"])
def test_longer_rsa_algorithms_are_refused(rsa_mallory, algorithm):
    assert is_refused(rsa_mallory, rsa_mallory.assertion(algorithm))


def test_an_unsigned_assertion_is_refused(mallory):
    segments = ({"alg": "none"}, mallory.claims())
    unsigned = b".".join(
        base64.urlsafe_b64encode(json.dumps(s).encode()).rstrip(b"=") for s in segments
    )
    assert is_refused(mallory, unsigned.decode() + ".")


def test_a_public_key_used_as_a_shared_secret_is_refused(mallory):
    pem = mallory.key.as_pem(private=False)
    secret = OctKey.import_key(base64.urlsafe_b64encode(pem).decode(), {"kid": mallory.key.kid})
    assert is_refused(mallory, sign(mallory.claims(), secret, "HS256"))


def test_a_key_sent_in_the_header_is_not_used(mallory):
    brought = new_key(kid=mallory.key.kid)
    header = {"jwk": brought.as_dict(private=False)}
    assert is_refused(mallory, sign(mallory.claims(), brought, header=header))


def test_a_critical_header_is_refused(mallory):
    assert is_refused(mallory, mallory.assertion(header={"b64": True, "crit": ["b64"]}))


def test_a_key_named_for_another_algorithm_serves_none(gateway):
    asking = gateway.add_partner("named", keys=[new_key("PS256", alg="RS256")])
    asking.key = type(asking.key).import_key(asking.key.raw_value, {"kid": asking.key.kid})
    assert is_refused(asking, asking.assertion("PS256"))
    assert is_refused(asking, asking.assertion("RS256"))


# Time


def test_an_assertion_that_lasts_for_decades_is_refused_though_the_library_accepts_it(mallory):
    assertion = mallory.assertion(exp=mallory.claims()["exp"] + 10**9)
    assert library_accepts(assertion, mallory)
    assert is_refused(mallory, assertion)


def test_an_assertion_without_a_time_of_issue_is_refused_though_the_library_accepts_it(mallory):
    assertion = mallory.assertion(iat=None)
    assert library_accepts(assertion, mallory)
    assert is_refused(mallory, assertion)


@pytest.mark.parametrize(
    ("claim", "seconds", "refused"),
    [
        ("exp", 70, False),
        ("exp", 71, True),
        ("exp", 0, False),
        ("exp", -1, True),
        ("iat", -60, False),
        ("iat", -61, True),
        ("iat", 10, False),
        ("iat", 11, True),
        ("nbf", 10, False),
        ("nbf", 11, True),
    ],
)
def test_the_borders_of_time_are_where_they_are_said(harbor, claim, seconds, refused):
    now = harbor.gateway.clock.now().timestamp()
    assert is_refused(harbor, harbor.assertion(**{claim: now + seconds})) is refused


@pytest.mark.parametrize("claim", ["exp", "iat"])
@pytest.mark.parametrize("moment", [float("nan"), float("inf"), True, "1782907200", [], 10**400])
def test_a_time_that_is_none_is_refused(harbor, claim, moment):
    assert is_refused(harbor, harbor.assertion(**{claim: moment}))


# Audience, issuer, subject


def test_an_audience_list_with_a_foreign_url_is_refused_though_the_library_accepts_it(mallory):
    assertion = mallory.assertion(aud=[URL, "https://elsewhere.example"])
    assert library_accepts(assertion, mallory)
    assert is_refused(mallory, assertion)


@pytest.mark.parametrize(
    "audience", [[URL], f"{URL}/", f"{URL}/oauth/token", "https://elsewhere.example", None, 7]
)
def test_only_the_issuer_as_one_string_is_the_audience(mallory, audience):
    assert is_refused(mallory, mallory.assertion(aud=audience))


def test_an_assertion_for_another_partner_is_refused(gateway, mallory):
    gateway.add_partner("victim")
    assert is_refused(mallory, mallory.assertion(sub="victim", iss="victim"))
    assert is_refused(mallory, mallory.assertion(sub="victim"))
    assert is_refused(mallory, mallory.assertion(iss="victim"))


def test_a_form_that_names_another_client_is_refused(gateway, mallory):
    gateway.add_partner("victim")
    assert mallory.ask_token(client_id="victim").json()["error"] == "invalid_client"


# Once


def test_an_assertion_works_once(mallory):
    assertion = mallory.assertion()
    assert not is_refused(mallory, assertion)
    assert is_refused(mallory, assertion)


def test_an_assertion_sent_many_times_at_once_works_once(mallory):
    assertion = mallory.assertion()
    statuses = at_once(*[lambda: mallory.ask_token(assertion).status_code] * 6)
    assert sorted(statuses) == [200] + [400] * 5


def test_an_assertion_is_remembered_until_it_has_ended(gateway, mallory):
    assertion = mallory.assertion()
    assert not is_refused(mallory, assertion)
    gateway.clock.move(seconds=59)
    assert not is_refused(mallory, mallory.assertion())  # old ids of this client are let go now
    assert is_refused(mallory, assertion)


def test_two_partners_may_use_the_same_id(gateway, mallory):
    other = gateway.add_partner("other")
    assert not is_refused(mallory, mallory.assertion(jti="one"))
    assert not is_refused(other, other.assertion(jti="one"))


@pytest.mark.parametrize("jti", [None, "", 7, "x" * 129, ["a"], "\x00", "\ud800"])
def test_an_assertion_needs_an_id_that_a_store_can_hold(mallory, jti):
    assert is_refused(mallory, mallory.assertion(jti=jti))


def test_an_assertion_that_is_refused_is_not_used_up(gateway, mallory):
    other = new_key(kid=mallory.key.kid)
    claims = mallory.claims()
    assert is_refused(mallory, sign(claims, other))
    assert not is_refused(mallory, sign(claims, mallory.key))


# Who is there


def test_unknown_suspended_and_wrongly_signed_answer_the_same(gateway, mallory):
    gateway.add_partner("stopped")
    suspend_partner(gateway.context, "stopped")
    answers = [
        mallory.ask_token(mallory.assertion(sub=name, iss=name)).content
        for name in ("nobody-here", "stopped", "x" * 500, "../../etc", "", "\x00", "\ud800")
    ]
    answers.append(mallory.ask_token(sign(mallory.claims(), new_key())).content)
    assert len(set(answers)) == 1


# Logs


def test_tokens_and_assertions_are_in_no_log_though_the_library_logs_them(mallory, caplog):
    with caplog.at_level(logging.DEBUG):
        token, assertion = mallory.token(), mallory.assertion()
        mallory.ask_token(assertion)
    assert token not in caplog.text
    assert assertion not in caplog.text

    logger = logging.getLogger("authlib.oauth2.rfc6749.grants.client_credentials")
    filters, logger.filters = logger.filters, []
    try:
        with caplog.at_level(logging.DEBUG):
            token = mallory.token()
    finally:
        logger.filters = filters
    assert token in caplog.text
