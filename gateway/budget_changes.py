"""Nothing refills a budget: what may change in a declaration once something was spent from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.errors import ConflictError
from gateway.store.tables import BudgetCap

if TYPE_CHECKING:
    from sqlmodel import Session

    from policies.documents import DatasetDocument


def subject_of(dataset: DatasetDocument) -> str:
    """Name the people of a dataset: those of its budget group, or its own."""
    group = dataset.budget_group
    return f"dataset:{dataset.dataset}" if group is None else f"group:{group}"


def check_nothing_refills(session: Session, now: DatasetDocument, then: DatasetDocument) -> None:
    """Let a budget that was spent from only stay or shrink, whoever of its group spent.

    **Does not protect.** The same people declared again as another dataset, without the group:
    nothing tells who they are before they are loaded.

    Args:
        session: a transaction that holds the log's lock.
        now: the declaration in force.
        then: what it would become.

    Raises:
        ConflictError: the dataset would leave its group, join one, or have more to spend.
    """
    spent = select(BudgetCap.id).where(BudgetCap.id == subject_of(now), col(BudgetCap.rho) > 0)
    if session.exec(spent).first() is None:
        return
    if subject_of(now) != subject_of(then):
        raise ConflictError(
            f"aggregates of {now.dataset} were answered; under another budget_group its budget "
            "would begin anew: leave budget_group as it is",
        )
    if not _is_within(now, then):
        raise ConflictError(
            f"aggregates of {now.dataset} were answered; its budget can shrink, not grow or be "
            f"left out: keep it, or let two officers run `weir budget open-period {now.dataset}`",
        )


def _is_within(now: DatasetDocument, then: DatasetDocument) -> bool:
    if now.budget is None:
        return then.budget is None
    if then.budget is None:
        return False
    return then.budget.epsilon <= now.budget.epsilon and then.budget.delta <= now.budget.delta
