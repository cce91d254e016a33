"""A whole gateway, killed while it answers in numbers, as its partner lives it over HTTP.

The kill comes when the price is committed and nothing is drawn. The price stays spent; asked once
more, the question is drawn once, for the price that is spent already, and never again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from gateway.budgets import own_budgets
from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.context import open_context
from gateway.server import Listening, serving
from tests.counted_homes import found_for_http, question
from tests.crashes.gateways import CHECKOUT, free_port, poll

DEADLY = """
import os, signal, sys
from pathlib import Path
from gateway.aggregates import answering
from gateway.server import Listening, run_gateway

def die(*_told):
    os.kill(os.getpid(), signal.SIGKILL)

answering.draw = die
{fault}
run_gateway(Path(sys.argv[1]), Listening(port=int(sys.argv[2])))
"""
UNCHARGED = "answering.reserve = lambda *told, **more: die()"
ASKED = question("count_people", group_by=["kind"], epsilon=1.5)
STORES = ["sqlite", "postgresql"]


@pytest.fixture
def home(request, tmp_path, monkeypatch):
    """A home with people in it, on one store or the other."""
    if getattr(request, "param", "sqlite") == "postgresql":
        monkeypatch.setenv("WEIR_STORE_URL", request.getfixturevalue("postgres").new_database())
    path = tmp_path / "home"
    found_for_http(path, tmp_path, 30, ["harbor"])
    return path


@contextmanager
def asking(home, url):
    """Talk to a gateway as the partner."""
    with Session(url, "harbor", load_partner_key(home.parent / "harbor.pem")) as session:
        session.get("/v1/releases")
        headers = {"Authorization": f"Bearer {session._token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        yield http


def kill_while_answering(home, fault=""):
    """Ask a gateway that dies before it draws."""
    port = free_port()
    code = DEADLY.format(fault=fault)
    command = [sys.executable, "-c", code, str(home), str(port)]
    with (home.parent / "gateway.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=CHECKOUT, stderr=log, env=dict(os.environ))
    try:
        poll(lambda: _is_up(port))
        with asking(home, f"http://127.0.0.1:{port}") as http, pytest.raises(httpx.TransportError):
            http.post("/v1/aggregates", json=ASKED)
        assert process.wait(10) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()


def _is_up(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx.TransportError:
        return False


def spent(http):
    (budget,) = http.get("/v1/budget").json()["budgets"]
    return budget["spent"]["epsilon"]


@pytest.mark.parametrize("home", STORES, indirect=True)
def test_a_gateway_killed_before_it_draws_has_charged_and_draws_once(home):
    kill_while_answering(home)
    with serving(home, Listening(port=0)) as again, asking(home, again.url) as http:
        assert spent(http) == 1.5
        estimate = http.post("/v1/aggregates/estimate", json=ASKED).json()
        assert not estimate["cached"]
        told = [http.post("/v1/aggregates", json=ASKED).json() for _ in range(3)]
        assert [one["guarantee"]["cached"] for one in told] == [False, True, True]
        assert told[0]["rows"] == told[1]["rows"] == told[2]["rows"]
        assert spent(http) == 1.5
        more = question("count_records", epsilon=2.6)
        assert http.post("/v1/aggregates", json=more).status_code == 403


def test_control_a_gateway_that_charges_later_forgets_the_price(home):
    kill_while_answering(home, UNCHARGED)
    with open_context(home) as context:
        (own,) = own_budgets(context, "harbor")
    assert own.balance.spent["epsilon"] == 0
