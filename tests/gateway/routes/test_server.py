from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from gateway.errors import GatewayRunningError, ListeningError
from gateway.founding import found_home
from gateway.listening import Listening
from gateway.server import serving


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "home"
    found_home(path, name="Test", origin="weir.example/log", timezone="UTC")
    return path


@pytest.fixture(scope="module")
def running(home):
    with serving(home, Listening(port=0)) as running:
        yield running


def _send(running, data, *, seconds):
    """Send bytes over a plain socket; return what comes back until it is closed."""
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        for piece in data:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(piece)
                time.sleep(0.05)
        with contextlib.suppress(ConnectionResetError):
            return connection.recv(65_536)
    return b""


def test_a_home_is_served_on_a_free_port_of_loopback(running):
    assert running.url.startswith("http://127.0.0.1:")
    assert httpx.get(f"{running.url}/readyz").json() == {"status": "ready"}
    metadata = httpx.get(f"{running.url}/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == running.url == running.context.public_url


def test_a_second_gateway_on_the_same_home_is_refused(running, home):
    with pytest.raises(GatewayRunningError), serving(home, Listening(port=0)):
        pass


def test_nothing_is_opened_where_listening_is_refused(tmp_path):
    with pytest.raises(ListeningError), serving(tmp_path / "none", Listening(host="0.0.0.0")):  # noqa: S104
        pass


def test_headers_that_trickle_are_given_up(running, monkeypatch):
    monkeypatch.setattr("gateway.protocol.HEADER_SECONDS", 0.2)
    pieces = [b"GET /healthz HTTP/1.1\r\n", *[b"X: y\r\n"] * 10]
    assert _send(running, pieces, seconds=5) == b""


def test_a_connection_that_says_nothing_is_given_up(running, monkeypatch):
    monkeypatch.setattr("gateway.protocol.HEADER_SECONDS", 0.2)
    started = time.monotonic()
    assert _send(running, [], seconds=5) == b""
    assert time.monotonic() - started < 2


def test_headers_in_time_are_answered(running):
    pieces = [b"GET /healthz HTTP/1.1\r\n", b"Host: x\r\nConnection: close\r\n\r\n"]
    assert _send(running, pieces, seconds=5).startswith(b"HTTP/1.1 200")


def test_headers_that_are_too_large_are_refused(running):
    pieces = [b"GET /healthz HTTP/1.1\r\n", b"X: " + b"y" * 100_000 + b"\r\n\r\n"]
    assert not _send(running, pieces, seconds=5).startswith(b"HTTP/1.1 200")


def test_the_forwarded_address_is_nobodys_word(running):
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Host": "evil"}
    metadata = httpx.get(f"{running.url}/.well-known/oauth-authorization-server", headers=headers)
    assert "evil" not in metadata.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_home_in_order(tmp_path, number):
    path = tmp_path / "home"
    found_home(path, name="Test", origin="weir.example/log", timezone="UTC")
    program = (
        "import pathlib, sys; from gateway.server import *;"
        "run_gateway(pathlib.Path(sys.argv[1]), Listening(port=0))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stderr is not None
    assert "the gateway is up at http://127.0.0.1:" in process.stderr.readline()
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    process.stderr.close()
    assert not (path / "weir.sock").exists()
    with serving(path, Listening(port=0)) as running:
        assert httpx.get(f"{running.url}/healthz").status_code == 200
