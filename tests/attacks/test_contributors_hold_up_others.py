"""Attack: what a contributor sends keeps the gateway from others, or fills its disk.

Each of these was found to work once. Patterns that ran quadratically took hours on what is read
here; that it comes to an end is what is looked at, not how long it takes.
"""

from __future__ import annotations

import io
import signal
import threading
import time
import zipfile
from contextlib import contextmanager, suppress

import pytest

from gateway import jobs
from gateway.errors import NotFoundError, StorageFullError
from gateway.housekeeping import keep_house
from gateway.jobs import running_jobs
from gateway.lake.mapping import MOST_LAYOUTS, Headers
from gateway.lake.sources import SourceError
from gateway.lake.workbook_marks import find_marks
from gateway.multipart import Field, FileBegins
from gateway.recovery import recover
from gateway.submissions.checking import row_of
from gateway.submissions.deciding import take_back
from gateway.submissions.forms import _Form
from gateway.withdrawals import withdraw
from policies.documents.recipe import FileLayout
from tests.sent_files import Sent, sent, shelter
from tests.small_homes import as_csv, people, person

__all__ = ["sent", "shelter"]
PART = "xl/worksheets/sheet1.xml"
REPEATED = {
    "rows": b"<row ",
    "formulas": b"<f ",
    "formulas that begin": b"<f>",
    "values": b"<f/><v",
    "errors": b' t="e"',
}


@contextmanager
def ended_after(seconds):
    def over(*_told):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("what", REPEATED.values(), ids=REPEATED)
def test_no_sheet_is_looked_through_more_than_once(what):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(PART, b'<worksheet><row hidden="0" r="1">' + what * 400_000)
    with zipfile.ZipFile(held) as book, ended_after(60):
        find_marks(book, PART)


def test_a_share_until_the_end_of_time_ends_nobodys_extract(world, sent):
    labels = '{"share_until": "9999-12-31"}'
    assert sent.rows(people(51, 60), labels=labels).state == "accepted"
    assert len(world.rows("harbor")) == 50


def test_the_header_is_looked_for_in_so_many_ways_and_no_more(tmp_path):
    file = tmp_path / "one.csv"
    file.write_text("a,b\n" * 3)
    headers = Headers(file)
    for row in range(1, MOST_LAYOUTS + 1):
        with suppress(SourceError):
            headers.read(FileLayout(header_row=row))
    assert headers.read(FileLayout(header_row=1)).names == ("a", "b")
    with pytest.raises(SourceError) as refused:
        headers.read(FileLayout(header_row=MOST_LAYOUTS + 1))
    assert refused.value.reason.rule == "too-many-layouts"


def test_a_form_whose_submission_was_cancelled_leaves_nothing(world, sent):
    form = _Form(world.context, "shelter", 1 << 20)
    form.take([Field("dataset", "cases"), FileBegins("one.csv"), as_csv(people(51, 60)).encode()])
    take_back(world.context, "shelter", form._id)
    with pytest.raises(NotFoundError):
        form.take([FileBegins("two.csv"), b"more"])
    form.drop()
    assert sent.folders == []


def test_a_half_upload_that_was_withdrawn_leaves_nothing(world, sent):
    half = sent.begin(as_csv(people(51, 60)).encode())
    assert sent.folders == [half]
    withdraw(world.context, "shelter", {"dataset": "cases", "submission": half})
    assert sent.folders == []


def test_files_that_nobody_knows_go_with_the_next_tick(world, sent):
    waits = sent.begin(b"x")
    (world.context.home.incoming_dir / "sub_nobodys").mkdir()
    keep_house(world.context)
    assert sent.folders == [waits]


def test_of_one_contributor_one_submission_is_checked_at_a_time(world, sent, monkeypatch):
    world.contributor("oak")
    begun, free, check = [], threading.Event(), jobs.check_submission

    def held(context, submission_id):
        begun.append(submission_id)
        if submission_id in many:
            assert free.wait(60)
        return check(context, submission_id)

    monkeypatch.setattr(jobs, "check_submission", held)
    many = [sent.receive(as_csv([person(number)]).encode()) for number in range(51, 56)]
    other = Sent(world, "oak").receive(as_csv([person(61)]).encode())
    with running_jobs(world.context):
        try:
            until(lambda: Sent(world, "oak").view(other).state == "accepted")
            assert begun.count(other) == len(begun) - 1 == 1
        finally:
            free.set()
        until(lambda: all(sent.view(one).state == "accepted" for one in many))
    assert [one for one in begun if one != other] == many


def until(done):
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_form_that_a_crash_cut_off_holds_no_room(world, sent):
    form = _Form(world.context, "shelter", 1 << 20)
    form.take([Field("dataset", "cases"), FileBegins("one.csv"), as_csv(people(51, 60)).encode()])
    waits = sent.begin(b"x")
    recover(world.context)
    assert sent.folders == [waits]
    assert row_of(world.context, form._id) is None


def test_what_met_a_full_disk_goes_on_without_a_restart(world, sent, monkeypatch):
    check, met = jobs.check_submission, []

    def full(context, submission_id):
        if not met:
            met.append(submission_id)
            raise StorageFullError
        return check(context, submission_id)

    monkeypatch.setattr(jobs, "check_submission", full)
    waits = sent.receive(as_csv(people(51, 55)).encode())
    with running_jobs(world.context) as context:
        until(lambda: met == [waits])
        until(lambda: not context.submissions._there)
        assert sent.view(waits).state == "received"
        keep_house(context)
        until(lambda: sent.view(waits).state == "accepted")
