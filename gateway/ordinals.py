"""Ordinals: the one order of everything that changes the data, submissions and withdrawals alike.

What a person said last, and what a withdrawal reaches, are told by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import func, select

from gateway.store.tables import Submission, Withdrawal

if TYPE_CHECKING:
    from sqlmodel import Session


def next_ordinal(session: Session) -> int:
    """Return the next ordinal; the caller's transaction holds the log's lock, and keeps it."""
    columns = (Submission.sequence, Withdrawal.sequence, Withdrawal.decided_sequence)
    newest = (session.exec(select(func.max(column))).one() for column in columns)
    return max(one or 0 for one in newest) + 1
