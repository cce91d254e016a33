"""Forms sent to the token endpoint: whatever isn't one question, asked once, is refused."""

from __future__ import annotations

import base64

import pytest

from gateway.oauth_server import ASSERTION_TYPE
from tests.attacks.conftest import is_refused


def test_a_field_sent_twice_is_refused(mallory):
    grant = "grant_type=client_credentials"
    body = f"{grant}&{grant}&client_assertion_type={ASSERTION_TYPE}"
    answer = mallory.gateway.http.post(
        "/oauth/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", ""])
def test_only_a_form_is_read(mallory, media_type):
    body = f"grant_type=client_credentials&client_assertion={mallory.assertion()}"
    answer = mallory.gateway.http.post(
        "/oauth/token", content=body, headers={"Content-Type": media_type}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_second_way_to_authenticate_is_refused(mallory):
    form = {"grant_type": "client_credentials", "client_assertion": mallory.assertion()}
    headers = {"Authorization": "Basic bWFsbG9yeTpzZWNyZXQ="}
    answer = mallory.gateway.http.post("/oauth/token", data=form, headers=headers)
    assert answer.json()["error"] == "invalid_request"
    assert mallory.ask_token(client_secret="guess").json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "grant", ["password", "authorization_code", "refresh_token", "<script>", "ä"]
)
def test_other_grants_are_refused_without_repeating_them(mallory, grant):
    answer = mallory.ask_token(grant_type=grant)
    assert answer.json()["error"] == "unsupported_grant_type"
    assert grant not in answer.json()["error_description"]


@pytest.mark.parametrize(
    "assertion",
    ["", ".", "..", "a.b.c", "é.é.é", "\x00", "e30.e30.", "A" * 20000, "[" * 5000],
)
def test_nonsense_is_refused_and_nothing_fails(mallory, assertion):
    assert is_refused(mallory, assertion)


@pytest.mark.parametrize("payload", [b"[" * 4000, b"7", b"null", b'{"sub": 7}', b"\xff", b""])
def test_nonsense_inside_an_assertion_is_refused_and_nothing_fails(mallory, payload):
    header = base64.urlsafe_b64encode(b'{"alg":"ES256"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(payload).rstrip(b"=")
    assert is_refused(mallory, b".".join((header, body, b"AAAA")).decode())
