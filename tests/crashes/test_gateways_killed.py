"""A whole gateway, killed or stopped in the middle of an extract, as its partner lives it."""

from __future__ import annotations

import json
import signal
import threading
import time

import pytest

from gateway.client import pull_to_file
from tests.crashes.gateways import free_port, gateway_process, poll, run_weir
from tests.crashes.homes import DATASET, OFFICER, PURPOSE, make_home
from tests.crashes.promises import broken_promises, see

CASES = 30_000
SECONDS_TO_STOP = 8.0


class Pull(threading.Thread):
    """A partner that pulls one extract, whatever happens to the gateway meanwhile."""

    def __init__(self, home, port, columns=None):
        super().__init__(daemon=True)
        self.home, self.port, self.columns = home, port, columns
        self.pulled, self.error = None, None
        self.start()

    def run(self):
        try:
            self.pulled = pull_to_file(
                f"http://127.0.0.1:{self.port}",
                client_id="shelter-0",
                key=self.home.parent / "shelter.pem",
                dataset=DATASET,
                purpose=PURPOSE,
                columns=self.columns,
                output=self.home.parent / f"from-{self.port}.csv",
                wait_seconds=60,
            )
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error


def wait_for_work(home, pull, known):
    """Wait until the gateway has begun to write for an extract that it didn't know."""
    while set((home / "releases").iterdir()) == known:
        assert pull.is_alive(), pull.error or "it was over too soon"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("served"), cases=CASES)


def test_a_gateway_killed_in_an_extract_finishes_it_after_the_restart(home):
    port = free_port()
    with gateway_process(home, port) as process:
        pull = Pull(home, port)
        wait_for_work(home, pull, known=set())
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
    seen = see(home)
    assert [row["state"] for row in seen.extracts.values()] == ["running"]
    assert broken_promises(seen) == []
    with gateway_process(home, port):
        pull.join(60)
    assert pull.error is None
    assert pull.pulled.verdict.outcome == "verified"
    assert broken_promises(see(home)) == []


@pytest.mark.usefixtures("thorough")
def test_a_gateway_told_to_stop_ends_within_seconds_and_goes_on_after_the_restart(home):
    port, known = free_port(), set((home / "releases").iterdir())
    with gateway_process(home, port) as process:
        pull = Pull(home, port, columns=["age", "state"])
        wait_for_work(home, pull, known)
        told = time.monotonic()
        process.terminate()
        assert process.wait(30) == 0
        assert time.monotonic() - told < SECONDS_TO_STOP
    assert "running" in {row["state"] for row in see(home).extracts.values()}
    with gateway_process(home, port):
        approve_all(home)
        pull.join(60)
    assert pull.error is None
    assert pull.pulled.verdict.outcome == "verified"


def approve_all(home):
    """Approve what waits for an officer, as soon as it does."""
    (waiting,) = poll(lambda: json.loads(weir(home, "review", "list", "--json")))
    weir(home, "review", "approve", waiting["id"], "--officer", OFFICER, "--reason", "fine")


def weir(home, *arguments):
    """Run a command on the home that must work, and return what it said."""
    done = run_weir(*arguments, "--home", home)
    assert done.returncode == 0, done.stderr
    return done.stdout
