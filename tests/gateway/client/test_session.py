"""The session: one token for many calls, retries that repeat nothing, no token to strangers."""

from __future__ import annotations

import json

import httpx
import pytest

from gateway.client import UnreachableError, WeirRequestError
from gateway.client.private_keys import load_partner_key
from gateway.client.session import BACKOFF_SECONDS, Session


@pytest.fixture
def session(gateway, key_file, naps, fake):
    with Session(
        fake.url, fake.partner, load_partner_key(key_file), transport=gateway.transport
    ) as opened:
        yield opened


def test_one_token_serves_many_calls(session, gateway):
    for _ in range(5):
        session.get("/vkey")
    assert gateway.tokens == 1


def test_a_token_near_its_end_is_renewed(session, gateway):
    gateway.expires_in = 29
    session.get("/vkey")
    session.get("/vkey")
    assert gateway.tokens == 2


def test_a_token_that_ended_early_is_renewed_once(session, gateway):
    session.get("/vkey")
    gateway.valid_token = "revoked"
    assert session.get("/vkey").is_success
    assert gateway.tokens == 2


def test_a_suspended_partner_gets_the_error(session, gateway, fake):
    session.get("/vkey")
    refusal = fake.problem(401, "unauthenticated", "Not authenticated")
    gateway.faults = [refusal, None, refusal]
    with pytest.raises(WeirRequestError) as caught:
        session.get("/vkey")
    assert caught.value.http_status == 401


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.Response(503)],
    ids=["refused", "slow", "busy"],
)
def test_a_passing_fault_is_waited_out(session, gateway, naps, fault):
    session.get("/vkey")
    gateway.faults = [fault, fault]
    assert session.get("/vkey").is_success
    assert naps == list(BACKOFF_SECONDS[:2])


def test_a_wait_that_the_gateway_asks_for_is_kept(session, gateway, naps):
    session.get("/vkey")
    gateway.faults = [httpx.Response(429, headers={"Retry-After": "7"})]
    session.get("/vkey")
    assert naps == [7.0]


def test_a_gateway_that_never_answers_is_given_up(session, gateway, naps):
    gateway.faults = [httpx.ReadTimeout("slow")] * 20
    with pytest.raises(UnreachableError, match="doesn't answer"):
        session.get("/vkey")
    assert len(gateway.seen) == len(BACKOFF_SECONDS) + 1


def test_a_gateway_that_takes_no_connection_is_given_up_with_what_to_do(session, gateway):
    gateway.faults = [httpx.ConnectError("refused")] * 20
    with pytest.raises(UnreachableError, match=r"takes no connection \(refused\).*weir serve"):
        session.get("/vkey")
    assert len(gateway.seen) == len(BACKOFF_SECONDS) + 1


def test_that_a_gateway_takes_no_connection_yet_is_told_once(gateway, key_file, naps, fake):
    told = []
    gateway.faults = [httpx.ReadTimeout("slow"), *[httpx.ConnectError("refused")] * 3]
    with Session(
        fake.url,
        fake.partner,
        load_partner_key(key_file),
        transport=gateway.transport,
        on_unreachable=lambda: told.append(len(naps)),
    ) as session:
        session.get("/vkey")
        assert told == [1]  # before the second nap, and not for what was only slow
        gateway.faults = [httpx.ConnectError("refused")]
        session.get("/vkey")
    assert told == [1]


def test_a_certificate_that_isn_t_trusted_is_said_at_once(session, gateway, naps):
    gateway.faults = [httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")] * 20
    with pytest.raises(UnreachableError, match="certificate that this machine doesn't trust"):
        session.get("/vkey")
    assert naps == []
    assert len(gateway.seen) == 1


def test_a_gateway_that_stays_busy_is_an_error(session, gateway):
    session.get("/vkey")
    gateway.faults = [httpx.Response(503)] * 20
    with pytest.raises(WeirRequestError, match="503"):
        session.get("/vkey")


def test_a_retried_post_carries_the_same_key_and_the_next_another(session, gateway, fake):
    session.get("/vkey")
    gateway.faults = [httpx.ReadError("reset"), fake.problem(409, "in-progress", "Again")]
    session.post("/v1/extracts", {"dataset": "d"})
    session.post("/v1/extracts", {"dataset": "d"})
    keys = [r.headers["idempotency-key"] for r in gateway.seen if r.url.path == "/v1/extracts"]
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_a_conflict_is_not_retried(session, gateway, fake):
    session.get("/vkey")
    gateway.faults = [fake.problem(409, "conflict", "Not ready")]
    with pytest.raises(WeirRequestError) as caught:
        session.get("/vkey")
    assert caught.value.problem == "conflict"


def test_a_problem_becomes_an_error_with_its_reasons(session, gateway, fake):
    session.get("/vkey")
    reasons = [{"rule": "purpose-missing", "params": {"a": "b"}, "message": "No purpose"}, "odd"]
    gateway.faults = [fake.problem(403, "refused", "Refused", detail="No", reasons=reasons)]
    with pytest.raises(WeirRequestError) as caught:
        session.post("/v1/extracts", {})
    error = caught.value
    assert (error.headline(), error.http_status, error.problem) == ("No", 403, "refused")
    assert str(error) == "No\n- No purpose"
    assert [reason.rule for reason in error.reasons] == ["purpose-missing"]
    assert error.lines() == ["No purpose"]


def test_a_failed_authentication_says_what_the_gateway_said(session, gateway, monkeypatch):
    said = {"error": "invalid_client", "error_description": "check the key"}
    monkeypatch.setattr(gateway, "_token", lambda _request: httpx.Response(400, json=said))
    with pytest.raises(WeirRequestError, match="check the key") as caught:
        session.get("/vkey")
    assert caught.value.problem == "invalid_client"


def test_the_language_is_asked_for(gateway, key_file, fake, naps):
    key = load_partner_key(key_file)
    with Session(
        fake.url, fake.partner, key, language="es", transport=gateway.transport
    ) as session:
        session.get("/vkey")
    assert {request.headers["accept-language"] for request in gateway.seen} == {"es"}


@pytest.mark.parametrize(
    "link", ["https://evil.example/x", "//evil.example/x", "http://weir.example/x"]
)
def test_the_token_goes_nowhere_else(session, gateway, link):
    with pytest.raises(UnreachableError, match="isn't itself"):
        session.get(link)
    assert gateway.seen == []


def test_a_server_that_names_another_issuer_gets_no_assertion(session, gateway):
    gateway.issuer = "https://honest.example"
    with pytest.raises(UnreachableError, match=r"calls itself https://honest\.example"):
        session.get("/vkey")
    assert gateway.paths("POST") == []


@pytest.mark.parametrize(
    "url",
    ["http://weir.example", "weir.example", "ftp://weir.example", "https://", "https://a/?b=c"],
)
def test_an_address_that_is_unsafe_or_none_is_refused(key_file, url):
    with pytest.raises(UnreachableError):
        Session(url, "harbor", load_partner_key(key_file))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8450", "http://localhost:8450", "http://[::1]:1"]
)
def test_this_machine_may_be_asked_in_the_clear(key_file, url):
    with Session(url, "harbor", load_partner_key(key_file)) as session:
        assert session.url == url


def test_a_gateway_behind_a_path_resolves_links_of_both_kinds(key_file):
    with Session("https://a.example/weir/", "harbor", load_partner_key(key_file)) as session:
        assert session.resolve("/v1/x") == session.resolve("/weir/v1/x")
        assert session.resolve("https://a.example/weir/v1/x") == "https://a.example/weir/v1/x"


def test_a_server_that_is_no_gateway_is_named(session, gateway, monkeypatch):
    answers = [httpx.Response(200, text="<html>"), httpx.Response(404)]
    monkeypatch.setattr(gateway, "_route", lambda _request: answers.pop())
    for _ in range(2):
        with pytest.raises(UnreachableError, match="as a gateway"):
            session.get("/vkey")


def test_the_request_is_sent_as_json(session, gateway):
    session.post("/v1/extracts", {"dataset": "d"})
    assert json.loads(gateway.seen[-1].content) == {"dataset": "d"}
