"""What officers see of withdrawals, and decide: whether a person's word stops others' records too.

A contributor's own `none` caps all records of the person from the moment it is said, as every
statement does (`policies.consent.statements_in_force`), until the same contributor hands in a newer
one. Approving makes it the operator's own word: from then on nobody's row lifts it but the
operator's. Refusing adds nothing: others' records stay, under what is said of the person.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from gateway.errors import ConflictError, NotFoundError
from gateway.officers import check_named
from gateway.ordinals import next_ordinal
from gateway.store.engine import reading, writing
from gateway.store.tables import BackupFile, Withdrawal, WithdrawalRelease
from gateway.withdrawal_effects import follow
from gateway.withdrawals import TURN
from gateway.withdrawn import seal

if TYPE_CHECKING:
    from sqlmodel import Session

    from gateway.context import Context

PREFIX = "wdr_"


@dataclass(frozen=True)
class WaitingWithdrawal:
    """A withdrawal of a person whom others' records know, until an officer decides."""

    id: str
    contributor: str
    dataset: str
    requested_at: str
    approvals: int = 0
    needed: int = 1


def list_waiting_withdrawals(context: Context) -> list[WaitingWithdrawal]:
    """Return the withdrawals that wait for an officer, the oldest first."""
    query = select(Withdrawal).where(Withdrawal.decision == "waiting")
    with reading(context.store) as session:
        rows = session.exec(query.order_by(col(Withdrawal.sequence))).all()
    return [
        WaitingWithdrawal(row.id, row.contributor, row.dataset, row.requested_at) for row in rows
    ]


def list_withdrawals(context: Context) -> dict[str, Any]:
    """Return all withdrawals as officers see them, the newest first, and backups to destroy."""
    with reading(context.store) as session:
        rows = session.exec(select(Withdrawal).order_by(col(Withdrawal.sequence).desc())).all()
        missed = session.exec(
            select(BackupFile.file)
            .where(col(BackupFile.missed_at).is_not(None))
            .order_by(col(BackupFile.made_at)),
        ).all()
    return {"withdrawals": [_about(row) for row in rows], "backups_to_destroy": [*missed]}


def show_withdrawal(context: Context, withdrawal_id: str) -> dict[str, Any]:
    """Return a withdrawal with the releases that held what it took back, for officers.

    Raises:
        NotFoundError: there is no such withdrawal.
    """
    with reading(context.store) as session:
        row = _row(session, withdrawal_id)
        held = select(WithdrawalRelease.release_id).where(
            WithdrawalRelease.withdrawal_id == withdrawal_id
        )
        releases = session.exec(held.order_by(col(WithdrawalRelease.release_id))).all()
        return {**_about(row), "releases": [*releases]}


def _about(row: Withdrawal) -> dict[str, Any]:
    fields = (
        *("id", "contributor", "dataset", "kind", "state", "decision", "officer", "records"),
        *("requested_at", "withdrawn_at", "followed_at", "erased_at"),
    )
    return {name: getattr(row, name) for name in fields}


def show_waiting_withdrawal(context: Context, withdrawal_id: str) -> dict[str, Any]:
    """Return what an officer decides about.

    Raises:
        NotFoundError: there is no such withdrawal.
    """
    shown = show_withdrawal(context, withdrawal_id)
    return {**shown, "kind": "withdrawal", "approvals": 0, "needed": 1}


def approve_withdrawal(context: Context, withdrawal_id: str, officer: str, reason: str) -> str:
    """Make a person's word the operator's own: all their records stop, whoever gave them.

    Returns:
        `approved`.

    Raises:
        NotFoundError: there is no such withdrawal.
        ConflictError: it doesn't wait for an officer.
    """
    with TURN:
        _decide(context, withdrawal_id, officer, reason, "approve")
        follow(context, withdrawal_id)
    return "approved"


def refuse_withdrawal(context: Context, withdrawal_id: str, officer: str, reason: str) -> str:
    """Leave others' records of a person under what was said of them so far.

    Returns:
        `refused`.

    Raises:
        NotFoundError, ConflictError: as `approve_withdrawal`.
    """
    _decide(context, withdrawal_id, officer, reason, "refuse")
    return "refused"


def _decide(context: Context, withdrawal_id: str, officer: str, reason: str, verdict: str) -> None:
    check_named(officer)
    with writing(context.store) as session:
        context.log.lock(session)
        row = _row(session, withdrawal_id)
        if row.decision != "waiting":
            raise ConflictError(f"withdrawal {withdrawal_id} doesn't wait for an officer")
        row.decision, row.officer = f"{verdict}d", officer
        row.sealed_reason = seal(context, row.id, "reason", reason.encode())
        if verdict == "approve":  # it is followed anew, by the operator's word
            row.decided_sequence, row.followed_at = next_ordinal(session), None
        elif row.erased_at is not None:
            row.sealed_roots = None
        session.add(row)
        context.log.append(
            session,
            "review",
            withdrawal_id,
            dataset=row.dataset,
            state=verdict,
            officer=officer,
            reason_sha256=hashlib.sha256(reason.encode()).hexdigest(),
        )


def _row(session: Session, withdrawal_id: str) -> Withdrawal:
    row = session.get(Withdrawal, withdrawal_id)
    if row is None:
        raise NotFoundError(f"no withdrawal {withdrawal_id!r}; see `weir withdraw list`")
    return row


def waiting_items(context: Context) -> list[dict[str, Any]]:
    """Return the waiting withdrawals as `weir review list` shows what waits."""
    return [{**asdict(one), "kind": "withdrawal"} for one in list_waiting_withdrawals(context)]
