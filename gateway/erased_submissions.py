"""What erasing ends of submissions: those that wait with what was taken back, and what they left.

A file that waits for its contributor's decision may hold a person who was withdrawn since. As long
as the withdrawal is known, such rows are left out (`lake/ingest`). Once it is erased nobody knows
it any more; so everything older that isn't settled ends with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.idempotency import forget_answers
from gateway.loading import UNDER_WAY
from gateway.store.tables import Submission
from gateway.submissions.keeping import delete_strays
from gateway.submissions.recipes import forget_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session
    from sqlmodel.sql.expression import SelectOfScalar

    from gateway.context import Context
    from gateway.store.tables import Withdrawal


def is_giving(session: Session, rows: Iterable[Withdrawal]) -> bool:
    """Whether something older of the same contributors is on its way into the lake."""
    older = _older(session, rows)
    return any(one.state in UNDER_WAY and not one.dry_run for one in older)


def retire_older(session: Session, rows: Iterable[Withdrawal], now: str) -> None:
    """End what isn't settled of what the contributors gave before they took back.

    And drop the words and cells that their dry runs showed.
    """
    rows = list(rows)
    for submission in _older(session, rows):
        submission.state, submission.settled_at = "withdrawn", now
        session.add(submission)
    for row in rows:
        shown = _given_by(row).where(
            col(Submission.dry_run), col(Submission.sealed_pending).is_not(None)
        )
        for submission in session.exec(shown).all():
            submission.sealed_pending = None
            session.add(submission)


def forget_leavings(context: Context, rows: Iterable[Withdrawal]) -> None:
    """Drop what recipes and kept answers still say of the contributors' files, and what ended.

    Done again, it changes nothing.
    """
    for dataset, contributor in sorted({(row.dataset, row.contributor) for row in rows}):
        forget_words(context, contributor, dataset)
        forget_answers(context, contributor)
    delete_strays(context)


def _older(session: Session, rows: Iterable[Withdrawal]) -> list[Submission]:
    found: list[Submission] = []
    for row in rows:
        unsettled = col(Submission.settled_at).is_(None)
        found += session.exec(_given_by(row).where(unsettled, Submission.sequence < row.sequence))
    return found


def _given_by(row: Withdrawal) -> SelectOfScalar[Submission]:
    return select(Submission).where(
        Submission.dataset == row.dataset, Submission.contributor == row.contributor
    )
