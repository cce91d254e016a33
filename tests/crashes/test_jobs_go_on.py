"""Work that an error or a stop broke off: it goes on at the next start, and nothing is told."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from gateway import corridor, jobs
from gateway.context import open_context
from gateway.errors import GatewayRunningError, LakeError
from gateway.extracts import request_extract, view_extract
from tests.crashes.homes import make_home, requests

PATIENCE_SECONDS = 30.0
SECRET = "Ana Solis, 555-0134"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("jobs"), partners=8)


def fail(*_args, **_kwargs):
    raise RuntimeError(SECRET)


def wait_for(context, partner, extract_id, states):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := view_extract(context, partner, extract_id).state) not in states:
        assert time.monotonic() < deadline, state
        time.sleep(0.02)
    return state


def wait_until_ended(home, extract_id):
    """Wait until the list of steps says that the workflow ended in an error."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    query = "SELECT status FROM workflow_status WHERE workflow_uuid = ?"
    while True:
        with closing(sqlite3.connect(home / "jobs.sqlite")) as store:
            if store.execute(query, [extract_id]).fetchall() == [("ERROR",)]:
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("partner", "step", "state"),
    [
        ("shelter-0", "make", "queued"),
        ("shelter-1", "settle", "running"),
        ("shelter-2", "publish", "running"),  # as a partner sees `settled`
    ],
)
def test_an_extract_whose_job_ended_in_an_error_goes_on_after_a_restart(
    home, monkeypatch, partner, step, state
):
    with monkeypatch.context() as broken, open_context(home) as opened:
        broken.setattr(jobs, step, fail)
        with jobs.running_jobs(opened) as context:
            asked = request_extract(context, partner, next(requests()))
            wait_until_ended(home, asked.id)
            assert view_extract(context, partner, asked.id).state == state
    with open_context(home) as opened, jobs.running_jobs(opened) as context:
        assert wait_for(context, partner, asked.id, {"ready", "failed"}) == "ready"


def test_an_unknown_error_fails_the_extract_and_its_text_is_kept_nowhere(
    home, monkeypatch, caplog, capfd
):
    with monkeypatch.context() as broken, open_context(home) as opened:
        broken.setattr(corridor, "protect", fail)
        with jobs.running_jobs(opened) as context:
            asked = request_extract(context, "shelter-3", next(requests()))
            wait_for(context, "shelter-3", asked.id, {"failed"})
            wait_until_ended(home, asked.id)
            (reason,) = view_extract(context, "shelter-3", asked.id).reasons
    assert reason.params == {"problem": "internal"}
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text + "".join(capfd.readouterr())
    for file in [*home.glob("*.sqlite*"), home.parent / "home.checkpoint"]:
        assert SECRET.encode() not in file.read_bytes(), file


def test_a_stop_in_the_middle_of_an_extract_is_no_failure(home, monkeypatch):
    write = corridor.write_and_recount
    with monkeypatch.context() as slow, open_context(home) as opened:
        with jobs.running_jobs(opened) as context:

            def stop_first(*args):
                context.stopping.wait(PATIENCE_SECONDS)
                return write(*args)

            slow.setattr(corridor, "write_and_recount", stop_first)
            asked = request_extract(context, "shelter-4", next(requests()))
            wait_for(context, "shelter-4", asked.id, {"running"})
        assert view_extract(opened, "shelter-4", asked.id).state == "running"
    with open_context(home) as opened, jobs.running_jobs(opened) as context:
        assert wait_for(context, "shelter-4", asked.id, {"ready", "failed"}) == "ready"


def test_a_query_that_runs_is_interrupted_when_the_gateway_stops(home):
    endless = "SELECT count(*) FROM range(100_000_000_000) WHERE range % 7 = 9"
    with open_context(home) as context:
        threading.Timer(0.2, context.lake.interrupt).start()
        with pytest.raises(LakeError, match="Interrupt"), context.lake.cursor() as cursor:
            cursor.execute(endless)


def test_a_home_has_one_owner(home):
    with open_context(home), pytest.raises(GatewayRunningError), open_context(home):
        pass
