"""How the score of one contributor's submissions to a dataset changed, from its sealed reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from gateway.errors import NotFoundError
from gateway.store.engine import reading
from gateway.store.tables import Submission
from gateway.submissions.quality_reports import (
    QualityReport,
    TrendPoint,
    quality_report,
    read_score,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.context import Context

COUNTED = ("accepted", "replaced")
MOST_POINTS = 24  # two years of monthly submissions
_DAY = len("2026-01-01")


def read_quality_report(context: Context, submission_id: str) -> QualityReport:
    """Return the report of a submission that was checked, whatever became of it.

    Who may see it is for the caller to decide before.

    Raises:
        NotFoundError: there is no such submission, or nothing is known about its rows (yet).
    """
    with reading(context.store) as session:
        submission = session.get(Submission, submission_id)
    declared = None if submission is None else context.registry.dataset(submission.dataset)
    if submission is None or declared is None or submission.sealed_report is None:
        raise NotFoundError(f"no report of a submission {submission_id!r}")
    return quality_report(
        declared.document,
        _opened(context, submission),
        submission.received_at[:_DAY],
        read_trend(context, submission),
    )


def read_trend(context: Context, submission: Submission) -> tuple[TrendPoint, ...]:
    """Return the scores of what the same contributor had accepted in the same dataset before.

    Oldest first, at most `MOST_POINTS`; nothing of others is read.
    """
    earlier = (
        select(Submission)
        .where(
            Submission.dataset == submission.dataset,
            Submission.contributor == submission.contributor,
            Submission.sequence < submission.sequence,
            col(Submission.state).in_(COUNTED),
            col(Submission.sealed_report).is_not(None),
            col(Submission.dry_run).is_(False),
        )
        .order_by(col(Submission.sequence).desc())
        .limit(MOST_POINTS)
    )
    with reading(context.store) as session:
        rows = session.exec(earlier).all()
    points = (_point(one, _opened(context, one)) for one in reversed(rows))
    return tuple(point for point in points if point is not None)


def _point(submission: Submission, stored: Mapping[str, Any]) -> TrendPoint | None:
    """Return a point, or None for a report from before there were scores."""
    score = read_score(stored)
    if score is None:
        return None
    return TrendPoint(submission.received_at[:_DAY], score.points, stored["rows_read"])


def _opened(context: Context, submission: Submission) -> dict[str, Any]:
    cipher = context.keys.store_cipher()
    sealed = submission.sealed_report or b""
    stored: dict[str, Any] = json.loads(cipher.open(sealed, f"submission:{submission.id}:report"))
    return stored
