"""What a contributor sees of its submissions; of another's nothing, not even that they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from gateway.errors import InvalidRequestError, NotFoundError
from gateway.store.engine import reading
from gateway.store.tables import Submission
from gateway.submissions.receiving import first_of
from gateway.submissions.recipes import SavedRecipe, recipe_of_id
from gateway.submissions.sealing import Pending, open_pending, open_report
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context

PROGRESS = {"receiving": 0.0, "received": 0.25, "needs_decision": 0.5, "checked": 0.75}
"""By state alone: how far it is inside of one depends on the files, which their giver knows."""

NO_OTHERS = ("snapshot",)  # of the lake, which everybody's loads move


@dataclass(frozen=True)
class SubmissionView:
    """What a contributor may know of a submission: all of it is made of what it sent itself.

    Attributes:
        progress: 0 to 1.
        recipe: the version by which it was read; None where its headers are the dataset's own.
        report: as `IngestReport.as_dict`; empty while there is none.
        pending: what it waits for.
    """

    id: str
    dataset: str
    state: str
    progress: float
    dry_run: bool
    mode: str
    received_at: str
    settled_at: str | None
    recipe: SavedRecipe | None
    report: dict[str, Any]
    pending: Pending


def own_submission(context: Context, contributor: str, submission_id: str) -> Submission:
    """Return a contributor's submission; one that was sent again is the first.

    Raises:
        NotFoundError: there is none of this id, or it is another's.
    """
    with reading(context.store) as session:
        row = _own(session, contributor, submission_id)
        first = first_of(context, row)
        return row if first == row.id else _own(session, contributor, first)


def _own(session: Session, contributor: str, submission_id: str) -> Submission:
    row = session.get(Submission, submission_id)
    if row is None or not contributor or row.contributor != contributor:
        raise NotFoundError
    return row


def view_submission(context: Context, contributor: str, submission_id: str) -> SubmissionView:
    """Return what became of a submission.

    Raises:
        NotFoundError: there is none of this id, or it is another's.
    """
    return view_of(context, own_submission(context, contributor, submission_id))


def list_submissions(
    context: Context, contributor: str, cursor: str | None, limit: int
) -> tuple[list[SubmissionView], str | None]:
    """Return a page of a contributor's submissions, newest first, and the cursor of the next.

    A cursor is the id of one's own submission: a number would count everybody's.

    Raises:
        InvalidRequestError: the cursor isn't one.
    """
    query = select(Submission).where(
        Submission.contributor == contributor, Submission.state != "repeated"
    )
    with reading(context.store) as session:
        if cursor is not None:
            last = session.get(Submission, cursor)
            if last is None or last.contributor != contributor:
                raise InvalidRequestError((Reason("bad-cursor", {}),))
            query = query.where(col(Submission.sequence) < last.sequence)
        query = query.order_by(col(Submission.sequence).desc()).limit(limit + 1)
        rows = session.exec(query).all()
    more = rows[limit - 1].id if len(rows) > limit else None
    return [view_of(context, row) for row in rows[:limit]], more


def view_of(context: Context, row: Submission) -> SubmissionView:
    """Return what a row says to its contributor."""
    report = open_report(context.keys, row)
    ended = row.settled_at is not None
    return SubmissionView(
        id=row.id,
        dataset=row.dataset,
        state=row.state,
        progress=1.0 if ended else PROGRESS.get(row.state, 1.0),
        dry_run=row.dry_run,
        mode=row.mode,
        received_at=row.received_at,
        settled_at=row.settled_at,
        recipe=recipe_of_id(context, row.recipe_id) if row.recipe_id else None,
        report={name: value for name, value in report.items() if name not in NO_OTHERS},
        pending=open_pending(context.keys, row),
    )
