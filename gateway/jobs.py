"""Durable jobs: extracts are made and submissions checked once, however often a kill comes between.

DBOS keeps the list of steps done in a database of its own (in the home, or beside the store on
PostgreSQL). Only ids pass through it. Every step finds out by itself whether it was done, so a
step that is repeated after a crash changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.engine import make_url
from sqlmodel import col, select

from gateway.corridor import make
from gateway.errors import StoppedError, WeirError
from gateway.failures import describe_failure, log_failure
from gateway.lake.decoding import end_decoders
from gateway.releases import publish, settle
from gateway.storage import noticing_a_full_disk
from gateway.store.engine import reading
from gateway.store.tables import Extract, Submission
from gateway.submissions.checking import check_submission
from gateway.submissions.keeping import waiting_submissions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from gateway.context import Context

QUEUE, SUBMISSIONS = "extracts", "submissions"
CONCURRENT_EXTRACTS = CONCURRENT_SUBMISSIONS = 2
POLL_SECONDS = 0.1
APPLICATION_VERSION = "1"  # pinned: with a new one, jobs of the old code would wait for ever
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
INTERRUPT_SECONDS = 0.2


class Work:
    """The steps that are under way on one open home."""

    def __init__(self, context: Context, submissions: DurableSubmissions) -> None:
        """Begin with none."""
        self.submissions = submissions
        self._context, self._steps = context, 0
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def step(self) -> Iterator[Context]:
        """Do one step in the block.

        Guarantee: an error that leaves it, which the list of steps keeps in the clear, has a text
        of Weir's own; that of any other error may hold a protected value.

        Raises:
            StoppedError: no step begins any more.
            WeirError: the step failed.
        """
        with self._changed:
            if self._context.stopping.is_set():
                raise StoppedError("the gateway stops; this goes on at its next start")
            self._steps += 1
        try:
            yield self._context
        except WeirError as error:
            log_failure(error)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, its text stays here
            log_failure(error)
            raise WeirError(describe_failure(error)) from None
        finally:
            with self._changed:
                self._steps -= 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Let no step begin, interrupt those under way, and wait for their end.

        The home must not be closed, and opened by another process, while a step writes in it.
        """
        with self._changed:
            self._context.stopping.set()
            while self._steps:
                self._context.lake.interrupt()
                end_decoders()
                self._changed.wait(INTERRUPT_SECONDS)


_open: list[Work] = []


@DBOS.step(name="make")
def make_step(extract_id: str) -> None:
    """Write and recount the bytes of one extract."""
    with _open[-1].step() as context:
        make(context, extract_id)


@DBOS.step(name="settle")
def settle_step(extract_id: str) -> str:
    """Settle it with its entry."""
    with _open[-1].step() as context:
        return settle(context, extract_id)


@DBOS.step(name="publish")
def publish_step(extract_id: str) -> None:
    """Sign the checkpoint and let the bytes be read."""
    with _open[-1].step() as context:
        publish(context, extract_id)


@DBOS.workflow(name="extract", max_recovery_attempts=100)
def extract_workflow(extract_id: str) -> str:
    """Make, settle, publish; a crash anywhere continues with the step it happened in."""
    make_step(extract_id)
    state = settle_step(extract_id)
    publish_step(extract_id)
    return state


@DBOS.step(name="check")
def check_step(submission_id: str) -> str:
    """Check one submission, and take it in."""
    work = _open[-1]
    try:
        with work.step() as context:
            return check_submission(context, submission_id)
    finally:
        work.submissions.done(submission_id)


@DBOS.workflow(name="submission", max_recovery_attempts=100)
def submission_workflow(submission_id: str) -> str:
    """Check a submission; a crash anywhere does that again, and finds out what was done."""
    return check_step(submission_id)


class DurableSubmissions:
    """Where submissions wait to be checked.

    A submission is checked once more after each decision, so every time is a workflow of its own;
    what was done already is found out by the check itself.

    Of one contributor one is checked at a time: whatever it sends, another worker is left for the
    others, and its own come in as it sent them.
    """

    def __init__(self, store: Engine) -> None:
        """Use the store that knows whose they are."""
        self._store = store
        self._there, self._changing = Counter[str](), threading.Lock()

    def ensure(self, submission_id: str, /) -> None:
        """Enqueue this one, unless it waits or is worked on."""
        with self._changing:
            there = self._there[submission_id] > 0
        if not there:
            self.enqueue(submission_id)

    def done(self, submission_id: str) -> None:
        """Note that one time of this one has ended, well or not."""
        with self._changing:
            self._there[submission_id] -= 1
            if self._there[submission_id] <= 0:
                del self._there[submission_id]

    def enqueue(self, submission_id: str, /) -> None:
        """Check this submission as soon as a worker, and its contributor's turn, is free."""
        name = f"{submission_id}-{secrets.token_hex(8)}"
        with reading(self._store) as session:
            row = session.get_one(Submission, submission_id)
        turn = SetEnqueueOptions(queue_partition_key=row.contributor, priority=row.sequence)
        with self._changing:
            self._there[submission_id] += 1
        with self._lost(submission_id), noticing_a_full_disk(), SetWorkflowID(name), turn:
            DBOS.enqueue_workflow(SUBMISSIONS, submission_workflow, submission_id)

    @contextlib.contextmanager
    def _lost(self, submission_id: str) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.done(submission_id)
            raise


class DurableQueue:
    """The queue of a running gateway; the extract's id is the workflow's, so once means once."""

    def enqueue(self, extract_id: str, /) -> None:
        """Make this extract as soon as a worker is free."""
        with noticing_a_full_disk(), SetWorkflowID(extract_id):
            DBOS.enqueue_workflow(QUEUE, extract_workflow, extract_id)


def _database(context: Context) -> str:
    url = os.environ.get("WEIR_STORE_URL")
    if url and make_url(url).get_backend_name() == "postgresql":
        return url
    path = context.home.jobs_file
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    path.chmod(0o600)
    return f"sqlite:///{path}"


@contextlib.contextmanager
def running_jobs(context: Context, *, worker: str = "worker-0") -> Iterator[Context]:
    """Run jobs while the block lasts; unfinished ones of this worker's earlier life go on.

    Args:
        context: the open home.
        worker: unique among live processes, the same after a restart: it owns its jobs.
    """
    config: DBOSConfig = {
        "name": "weir",
        "system_database_url": _database(context),
        "executor_id": worker,
        "application_version": APPLICATION_VERSION,
        "log_level": "CRITICAL",  # errors are logged by the steps, without their text
        "enable_otlp": False,
        "serializer": DBOSPortableJSONSerializer(),
    }
    submissions = DurableSubmissions(context.store)
    with_queue = replace(context, queue=DurableQueue(), submissions=submissions)
    work = Work(with_queue, submissions)
    _open.append(work)
    DBOS(config=config)
    try:
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=CONCURRENT_EXTRACTS,
            polling_interval_sec=POLL_SECONDS,
        )
        DBOS.register_queue(
            SUBMISSIONS,
            worker_concurrency=CONCURRENT_SUBMISSIONS,
            partition_worker_concurrency=1,
            polling_interval_sec=POLL_SECONDS,
        )
        enqueue_left_over(with_queue)
        yield with_queue
    finally:
        work.stop()
        DBOS.destroy(workflow_completion_timeout_sec=0)
        _open.pop()


def enqueue_left_over(context: Context) -> None:
    """Enqueue what was accepted and isn't done, whatever became of its workflow before.

    The process may have died before it could enqueue; or the workflow ended in an error, because
    the disk was full or the gateway stopped, and a workflow that has ended isn't run again.
    """
    unfinished = col(Extract.state).in_(("queued", "running", "settled"))
    with reading(context.store) as session:
        waiting = list(session.exec(select(Extract.id).where(unfinished)))
    for extract_id in waiting:
        workflow = DBOS.get_workflow_status(extract_id)
        if workflow is not None and workflow.status in ENDED:
            DBOS.delete_workflow(extract_id)
        context.queue.enqueue(extract_id)
    for submission_id in waiting_submissions(context):
        context.submissions.enqueue(submission_id)
