from __future__ import annotations

import logging

import pytest

from gateway.perimeter import SECURITY_HEADERS
from tests.http_fixtures import TestClient


@pytest.fixture
def failing(gateway):
    """A gateway with a route that fails with a protected value in its error."""

    @gateway.app.get("/fail")
    def fail():
        raise ValueError("planted-secret")

    return TestClient(gateway.app, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/healthz", "/v1/datasets", "/nothing", "/checkpoint", "/fail"])
def test_every_answer_carries_the_security_headers(failing, path):
    headers = failing.get(path).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/v1/datasets", "/v1/nothing", "/oauth/token", "/fail"])
def test_answers_are_not_stored(failing, path):
    assert failing.get(path).headers["cache-control"] == "no-store"


def test_a_failure_tells_nothing_to_the_caller_and_its_text_to_no_log(failing, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = failing.get("/fail")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:weir:problem:internal"
    assert "planted-secret" not in answer.text
    assert "planted-secret" not in caplog.text
    assert "ValueError" in caplog.text
    assert "test_perimeter.py" in caplog.text


def test_failures_are_counted(failing, gateway):
    failing.get("/fail")
    assert 'weir_http_answers_total{class="5xx"} 1' in gateway.metrics.get("/metrics").text
