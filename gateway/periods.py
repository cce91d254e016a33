"""Periods: two officers may open a further one of a budget, and nothing else ever refills it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlmodel import func, select

from gateway.budget_changes import subject_of
from gateway.errors import ConflictError, NotFoundError
from gateway.officers import check_first_vote
from gateway.store.engine import writing
from gateway.store.tables import BudgetPeriod

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.context import Context

OFFICERS = 2


def open_period(
    context: Context, dataset: str, officers: Sequence[str], reason: str
) -> dict[str, Any]:
    """Open a further period: everybody's budget, and each partner's share, counts once more.

    What was spent stays spent. From then on all guarantees name the lifetime total: periods times
    the declared budget. What a contributor agreed to for its records doesn't grow.

    Args:
        context: the open home.
        dataset: one of those that share the budget.
        officers: the names of two different ones.
        reason: why; kept sealed, its hash is in the entry.

    Raises:
        NotFoundError: no such dataset.
        ConflictError: it has no budget, or two officers aren't named, or no reason.
    """
    declared = context.registry.dataset(dataset)
    if declared is None:
        raise NotFoundError(f"no dataset {dataset!r}; see `weir budget show`")
    if declared.document.budget is None:
        raise ConflictError(f"{dataset} declares no budget, so there is no period to open")
    _check_officers(officers, f"a period of {dataset}")
    if not reason.strip():
        raise ConflictError("say why a further period is needed (--reason TEXT)")
    subject = subject_of(declared.document)
    with writing(context.store) as session:
        context.log.lock(session)
        opened = select(func.count()).select_from(BudgetPeriod)
        number = 2 + session.exec(opened.where(BudgetPeriod.subject == subject)).one()
        session.add(_row(context, subject, number, officers, reason))
        context.log.append(
            session,
            "period",
            subject,
            number=number,
            officers=[*officers],
            reason_sha256=hashlib.sha256(reason.encode()).hexdigest(),
        )
    return {"subject": subject, "period": number, "officers": [*officers]}


def _check_officers(officers: Sequence[str], item: str) -> None:
    for number, officer in enumerate(officers):
        check_first_vote(officer, officers[:number], item)
    if len(officers) != OFFICERS:
        raise ConflictError(f"{item} needs two officers: --officer NAME --officer NAME")


def _row(
    context: Context, subject: str, number: int, officers: Sequence[str], reason: str
) -> BudgetPeriod:
    sealed = context.keys.store_cipher().seal(reason.encode(), f"period:{subject}:{number}:reason")
    return BudgetPeriod(
        subject=subject,
        number=number,
        opened_at=context.clock.timestamp(),
        officers=json.dumps([*officers]),
        sealed_reason=sealed,
    )
