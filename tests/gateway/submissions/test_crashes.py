"""kill -9 at every stop of a check: the records are there whole, once, and the state goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.submissions.checking import check_submission, row_of
from gateway.submissions.keeping import waiting_submissions
from tests.conftest import FixedClock
from tests.sent_files import Sent
from tests.small_homes import NOON, as_csv, copy_home, open_world, people, template_of

CHECKOUT = Path(__file__).parents[3]
CHECK = """
import os, signal, sys
from pathlib import Path
from gateway.context import open_context
from gateway.lake import loading
from gateway.lake.vault import Vault
from gateway.submissions import checking

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

home, submission, stop = sys.argv[1:]
rooms = {"checking": checking, "loading": loading, "Vault": Vault}
room, _, name = stop.partition(".")
with open_context(Path(home)) as context:
    setattr(rooms[room], name, die)
    checking.check_submission(context, submission)
"""


@pytest.mark.parametrize("stop", ["loading._insert", "Vault.settle"])
def test_a_killed_check_goes_on_and_takes_the_records_in_once(tmp_path_factory, tmp_path, stop):
    kill_and_go_on(tmp_path_factory, tmp_path, stop)


@pytest.mark.usefixtures("thorough")
@pytest.mark.parametrize("stop", ["checking._questions", "checking.accept"])
def test_so_does_one_killed_before_or_after(tmp_path_factory, tmp_path, stop):
    kill_and_go_on(tmp_path_factory, tmp_path, stop)


def kill_and_go_on(tmp_path_factory, tmp_path, stop):
    path = copy_home(template_of(tmp_path_factory), tmp_path)
    with open_world(path, FixedClock(NOON)) as world:
        sent = Sent(world, world.contributor("shelter"))
        submission = sent.receive(as_csv(people(41, 50)).encode())
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(path), submission, stop],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -9, done.stderr.decode()
    with open_world(path, FixedClock(NOON)) as world:
        for waiting in waiting_submissions(world.context):
            check_submission(world.context, waiting)
        row = row_of(world.context, submission)
        assert (row.state, row.sealed_upload) == ("accepted", None)
        assert Sent(world, "shelter").report(submission)["accepted"] == 10
        assert world.context.lake.count("cases") == (50, 50)
        entries = [entry["id"] for entry in world.entries("submission")]
        assert entries.count(submission) == 1
        assert Sent(world, "shelter").folders == []


def test_what_no_submission_knows_is_deleted_and_what_is_lost_is_said(tmp_path_factory, tmp_path):
    path = copy_home(template_of(tmp_path_factory), tmp_path)
    with open_world(path, FixedClock(NOON)) as world:
        sent = Sent(world, world.contributor("shelter"))
        content = as_csv(people(41, 50)).encode()
        lost, whole = sent.receive(content), sent.begin(content + b"\n")
        stray = world.context.home.incoming_dir / "sub_stray"
        stray.mkdir()
        (stray / "0-0").write_bytes(b"x")
        (world.context.home.incoming_dir / lost / "0-0").unlink()
    with open_world(path, FixedClock(NOON)) as world:
        sent = Sent(world, "shelter")
        view = sent.view(lost)
        assert (view.state, view.report["reasons"][0]["rule"]) == ("failed", "upload-lost")
        assert (sent.view(whole).state, sent.folders) == ("received", [whole])


def test_uploads_and_decisions_that_nobody_goes_on_with_end(tmp_path_factory, tmp_path):
    from gateway.submissions.keeping import end_overdue_submissions

    path = copy_home(template_of(tmp_path_factory), tmp_path)
    clock = FixedClock(NOON)
    with open_world(path, clock) as world:
        sent = Sent(world, world.contributor("shelter"))
        begun = sent.begin(b"x")
        clock.move(hours=47)
        assert end_overdue_submissions(world.context) == 0
        clock.move(hours=2)
        assert end_overdue_submissions(world.context) == 1
        assert (sent.view(begun).state, sent.folders) == ("failed", [])
        assert sent.view(begun).report["reasons"][0]["rule"] == "upload-overdue"
