"""How a submission ends: accepted, refused, failed, or as a dry run that keeps nothing.

Each is one transaction of the store, in which the key of its upload goes; then its files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.identifiers import new_id
from gateway.loading import settle_submission
from gateway.store.engine import writing
from gateway.store.tables import Submission
from gateway.submissions.sealing import seal_report
from gateway.submissions.uploads import delete_uploads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlmodel import Session

    from gateway.context import Context
    from gateway.submissions.sealing import Pending
    from policies.reasons import Reason


def accept(
    context: Context, submission_id: str, snapshot: int, report: dict[str, Any] | None
) -> None:
    """Accept what is in the lake; its key is gone with that transaction, then its files."""
    settle_submission(context, submission_id, snapshot, report)
    delete_uploads(context.home, submission_id)
    context.log.sign()


def refuse(
    context: Context,
    submission_id: str,
    report: Mapping[str, Any],
    reasons: tuple[Reason, ...],
) -> None:
    """Refuse a submission: its report says why, and the log that it was."""
    end(context, submission_id, "refused", report, reasons)
    context.log.sign()


def end_dry_run(
    context: Context, submission_id: str, report: Mapping[str, Any], found: Pending
) -> None:
    """End a dry run: its files go, what it found to decide stays a while for who sent it."""
    with writing(context.store) as session:
        row = session.get_one(Submission, submission_id)
        if row.settled_at is not None:
            return
        row.state = "checked"
        row.sealed_pending = found.sealed(context.keys, row.id)
        _settle(context, session, row, report, ())
    delete_uploads(context.home, submission_id)


def end(
    context: Context,
    submission_id: str,
    state: str,
    report: Mapping[str, Any],
    reasons: tuple[Reason, ...],
) -> None:
    """End a submission without records: refused or failed; one that is settled stays as it is."""
    with writing(context.store) as session:
        row = session.get_one(Submission, submission_id)
        if row.settled_at is not None:
            return
        row.state, row.sealed_pending = state, None
        _settle(context, session, row, report, reasons)
        if state == "refused":
            _log_refusal(context, session, row, reasons)
    delete_uploads(context.home, submission_id)


def _settle(
    context: Context,
    session: Session,
    row: Submission,
    report: Mapping[str, Any],
    reasons: tuple[Reason, ...],
) -> None:
    told = [{"rule": reason.rule, "params": dict(reason.params)} for reason in reasons]
    row.sealed_report = seal_report(context.keys, row.id, {**report, "reasons": told})
    row.sealed_upload, row.settled_at = None, context.clock.timestamp()
    session.add(row)


def _log_refusal(
    context: Context, session: Session, row: Submission, reasons: tuple[Reason, ...]
) -> None:
    rules = sorted({reason.rule for reason in reasons})
    context.log.append(
        session, "refusal", new_id("ref"), partner=row.contributor, submission=row.id, rules=rules
    )


def fail(context: Context, submission_id: str, reason: Reason) -> None:
    """End a submission that can't go on: its files are gone, or their time is over."""
    end(context, submission_id, "failed", {}, (reason,))
