"""Metrics say when partners ask; so no partner reads them, whichever way it comes.

Whoever compares what two looks at `/metrics` give, with another partner's request between them,
sees that the other asked. On the partners' port both looks give the same, the gateway's version,
and other spellings what any unknown path gives: over the port itself, and over a proxy on the same
machine, from which everybody comes from loopback.
The control looks where the operator does.
"""

from __future__ import annotations

import contextlib
import http.server
import threading

import httpx
import pytest

from gateway.founding import found_home
from gateway.listening import Listening
from gateway.metrics import PUBLIC
from gateway.server import serving

WAYS = ("/metrics", "/metrics/", "//metrics", "/%6detrics")
HEADERS = (
    {},
    {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"},
    {"Host": "127.0.0.1"},
    {"X-Original-URL": "/metrics", "X-Rewrite-URL": "/metrics"},
)
HTTP = httpx.Client(trust_env=False)


@pytest.fixture(scope="module", autouse=True)
def closed():
    yield
    HTTP.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    path = tmp_path_factory.mktemp("metrics") / "home"
    found_home(path, name="Test", origin="weir.example/log", timezone="UTC")
    with serving(path, Listening(port=0, metrics_port=0)) as running:
        yield running


@contextlib.contextmanager
def proxy(url):
    """Pass requests on from loopback, as a careless proxy on the gateway's machine does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            told = get(url, self.path, dict(self.headers))
            self.send_response(told.status_code)
            self.send_header("content-length", str(len(told.content)))
            self.end_headers()
            self.wfile.write(told.content)

        def log_message(self, *_told):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def get(url, path, headers):
    """Ask for a path as it is spelt."""
    target = httpx.URL(url).copy_with(raw_path=path.encode())
    return HTTP.get(target, headers=headers)


def sees_others_ask(running, look):
    """Answer whether two looks differ where somebody else asked between them."""
    before = look()
    for _ in range(3):
        HTTP.post(f"{running.url}/v1/aggregates", json={})
        HTTP.get(f"{running.url}/healthz")
    return look() != before


@pytest.mark.parametrize("headers", HEADERS, ids=lambda one: "-".join(one) or "plain")
@pytest.mark.parametrize("path", WAYS)
def test_partners_see_nothing_of_what_others_ask(running, path, headers):
    with proxy(running.url) as behind:
        for url in (running.url, behind):
            told, unknown = get(url, path, headers), get(url, "/nothing", headers)
            assert told.content in (PUBLIC.encode(), unknown.content)
            assert not sees_others_ask(running, lambda url=url: get(url, path, headers).content)


def test_control_where_the_operator_looks_it_shows(running):
    assert sees_others_ask(running, lambda: HTTP.get(running.metrics_url).content)


def test_metrics_are_elsewhere_and_on_loopback_alone(running):
    metrics = httpx.URL(running.metrics_url)
    assert metrics.host == "127.0.0.1"
    assert metrics.port != httpx.URL(running.url).port
    assert HTTP.get(metrics, headers={"Host": "weir.example"}).status_code == 400


def test_without_the_option_there_are_none(tmp_path):
    found_home(tmp_path / "home", name="Test", origin="weir.example/log", timezone="UTC")
    with serving(tmp_path / "home", Listening(port=0)) as running:
        assert not running.metrics_url
