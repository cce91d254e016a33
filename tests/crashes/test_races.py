"""Many at once: the same request is one extract, and no two views leave without a review."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.listening import Listening
from gateway.server import serving
from tests.crashes.gateways import CHECKOUT, PATIENCE_SECONDS, poll, run_weir
from tests.crashes.homes import make_home, requests
from tests.crashes.promises import broken_promises, see

AT_ONCE = 16
THREADS = 8


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("races"), partners=3)


@pytest.fixture(scope="module")
def running(home):
    with serving(home, Listening(port=0)) as running:
        yield running


def ask_at_once(running, partner, bodies):
    """Send all requests at the same moment, each over a connection of its own; return the ids."""
    key = load_partner_key(running.context.home.path.parent / "shelter.pem")
    gate = threading.Barrier(len(bodies))

    def ask(body):
        with Session(running.url, partner, key) as session:
            session.get("/v1/datasets")  # the token is there before the race begins
            gate.wait(PATIENCE_SECONDS)
            return session.post("/v1/extracts", body).json()["id"]

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(ask, bodies))


def states_of(running, ids):
    """Wait until none of the extracts is under way, and return their states."""
    home = running.context.home.path

    def ended():
        states = {name: see(home).extracts[name]["state"] for name in ids}
        return None if {"queued", "running", "settled"} & set(states.values()) else states

    return poll(ended)


def test_identical_requests_at_once_are_one_extract(running, home):
    ids = ask_at_once(running, "shelter-0", [next(requests())] * AT_ONCE)
    assert len(set(ids)) == 1
    assert set(states_of(running, set(ids)).values()) == {"ready"}
    seen = see(home)
    assert [row["partner"] for row in seen.extracts.values()].count("shelter-0") == 1
    assert broken_promises(seen) == []


def test_of_different_requests_at_once_one_at_most_is_ready_without_a_review(running, home):
    bodies = [body for body, _ in zip(requests(), range(THREADS), strict=False)]
    ids = ask_at_once(running, "shelter-1", bodies)
    assert len(set(ids)) == THREADS
    counted = Counter(states_of(running, ids).values())
    assert counted == {"ready": 1, "in_review": THREADS - 1}
    assert broken_promises(see(home)) == []


def test_a_command_goes_through_the_gateway_that_owns_the_home(running, home):
    shown = run_weir("release", "list", "--home", home, "--json")
    assert shown.returncode == 0, shown.stderr


def test_another_process_can_not_open_a_home_that_is_open(running, home):
    program = (
        "import sys, pathlib; from gateway.context import open_context\n"
        "with open_context(pathlib.Path(sys.argv[1])): pass"
    )
    tried = subprocess.run(
        [sys.executable, "-c", program, str(home)],
        check=False,
        capture_output=True,
        cwd=CHECKOUT,
        text=True,
    )
    assert tried.returncode == 1
    assert "GatewayRunningError: this home is open in another process" in tried.stderr
