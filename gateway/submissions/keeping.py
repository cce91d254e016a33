"""Keeping: what of submissions goes on at the next start, what is deleted, and when."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.store.engine import reading, writing
from gateway.store.tables import Submission
from gateway.submissions.ending import fail
from gateway.submissions.receiving import finish_receiving
from gateway.submissions.sealing import open_upload
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context

UPLOAD_HOURS = 48
"""How long an upload may take, from its first request on."""

DECISION_DAYS = 30
"""How long a submission waits for its contributor; its files are gone then."""

SHOWN_DAYS = 7
"""How long what a dry run found to decide can be read."""


def waiting_submissions(context: Context) -> list[str]:
    """Return the submissions that are to be checked."""
    query = select(Submission.id).where(
        col(Submission.state).in_(("received", "checked")),
        col(Submission.settled_at).is_(None),
        col(Submission.sealed_upload).is_not(None),
    )
    with reading(context.store) as session:
        return list(session.exec(query.order_by(col(Submission.sequence))))


def mend_uploads(context: Context) -> None:
    """Delete what no open submission knows, and end submissions whose files are gone.

    They are gone after a restore: backups leave out what isn't settled. An upload that was under
    way goes on at the first byte that is missing; where none is, it is received. A form that was
    cut off comes anew, so what came of it goes.
    """
    _drop_forms(context)
    delete_strays(context)
    for row in _with_files(context):
        is_whole = _is_whole(context, row)
        if is_whole and row.state == "receiving":
            finish_receiving(context, row.id)
        elif row.state != "receiving" and not is_whole:
            fail(context, row.id, Reason("upload-lost", {}))


def _drop_forms(context: Context) -> None:
    for row in _with_files(context):
        upload = open_upload(context.keys, row)
        if row.state == "receiving" and upload is not None and not upload.files:
            with writing(context.store) as session:
                session.delete(session.get_one(Submission, row.id))


def _with_files(context: Context) -> list[Submission]:
    with reading(context.store) as session:
        query = select(Submission).where(col(Submission.sealed_upload).is_not(None))
        return list(session.exec(query))


def delete_strays(context: Context) -> None:
    """Delete files that no open submission knows: it was cancelled, or withdrawn, meanwhile.

    A submission is noted before anything of it is written.
    """
    folders = [*context.home.incoming_dir.iterdir()] if context.home.incoming_dir.is_dir() else []
    known = {row.id for row in _with_files(context)}
    for folder in folders:
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)


def _is_whole(context: Context, row: Submission) -> bool:
    upload = open_upload(context.keys, row)
    if upload is None:
        return False
    files = zip(upload.files, upload.opened(context.home, row.id), strict=True)
    return bool(upload.files) and all(told.size == file.size for told, file in files)


def expires_at(received_at: str) -> datetime:
    """Return when an upload that was begun then ends."""
    return datetime.fromisoformat(received_at) + timedelta(hours=UPLOAD_HOURS)


def end_overdue_submissions(context: Context) -> int:
    """End uploads and decisions that nobody goes on with; forget what dry runs found.

    Returns:
        How many ended.
    """
    uploads = _older(context, timedelta(hours=UPLOAD_HOURS), "receiving")
    decisions = _older(context, timedelta(days=DECISION_DAYS), "needs_decision")
    for submission_id in uploads:
        fail(context, submission_id, Reason("upload-overdue", {"hours": str(UPLOAD_HOURS)}))
    for submission_id in decisions:
        fail(context, submission_id, Reason("decision-overdue", {"days": str(DECISION_DAYS)}))
    _forget_dry_runs(context)
    delete_strays(context)
    return len(uploads) + len(decisions)


def _before(context: Context, age: timedelta) -> str:
    return (context.clock.now() - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _older(context: Context, age: timedelta, state: str) -> list[str]:
    query = select(Submission.id).where(
        Submission.state == state, Submission.received_at < _before(context, age)
    )
    with reading(context.store) as session:
        return list(session.exec(query))


def _forget_dry_runs(context: Context) -> None:
    """Erase the words that a dry run showed, once they were there to be read for long enough."""
    query = select(Submission).where(
        col(Submission.dry_run),
        col(Submission.sealed_pending).is_not(None),
        col(Submission.settled_at) < _before(context, timedelta(days=SHOWN_DAYS)),
    )
    with writing(context.store) as session:
        for row in session.exec(query).all():
            row.sealed_pending = None
            session.add(row)
