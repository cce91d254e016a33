"""Budgets must hold what was charged to them, and not more than was ever declared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from anonymizers.accounting.charges import NOTHING, Charge
from anonymizers.accounting.filters import fits
from gateway.budget_changes import subject_of
from gateway.caps import Amounts, largest
from gateway.ledger import SETTLED, charged
from gateway.store.engine import reading
from gateway.store.tables import (
    AggregateAnswer,
    BudgetCap,
    BudgetCharge,
    BudgetPeriod,
    DatasetRow,
    PolicyRow,
)
from policies.documents import DatasetDocument, PolicyDocument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlmodel import Session

    from gateway.context import Context


def check_budgets(context: Context, entries: list[dict[str, Any]], broken: list[str]) -> int:
    """Add up every charge again, and hold every sum against its limit.

    A limit here is the largest that was ever declared: a budget may have shrunk since. What a
    contributor agreed to is kept in its newest form alone, and isn't looked at.

    Args:
        context: the open home.
        entries: of the log, oldest first.
        broken: takes what doesn't hold, as sentences.

    Returns:
        How many caps there are.
    """
    with reading(context.store) as session:
        caps = session.exec(select(BudgetCap).order_by(BudgetCap.id)).all()
        periods = session.exec(select(BudgetPeriod)).all()
        sums = _sums(session)
        for cap in caps:
            said = _check_cap(session, cap, sums.pop(cap.id, NOTHING), periods)
            broken.extend(f"the budget {cap.id}: {what}" for what in said)
        broken.extend(f"the budget {gone}: it was charged and is gone" for gone in sums)
        broken.extend(_check_settled(session))
    broken.extend(_check_periods(periods, entries))
    return len(caps)


def _sums(session: Session) -> dict[str, Charge]:
    sums: dict[str, Charge] = {}
    for row in session.exec(select(BudgetCharge)):
        charge = Charge(row.epsilon, row.rho, row.delta, row.pure)
        sums[row.cap_id] = sums.get(row.cap_id, NOTHING) + charge
    return sums


def _check_cap(
    session: Session, cap: BudgetCap, total: Charge, periods: Sequence[BudgetPeriod]
) -> Iterator[str]:
    spent = charged(cap)
    if spent != total:
        yield "what it says was spent isn't the sum of what was charged"
    if cap.kind == "contributor":
        return
    opened = 1 + sum(period.subject == cap.subject for period in periods)
    if not fits(spent, NOTHING, largest(_declared(session, cap), opened)):
        yield "more was spent than was ever declared"


def _declared(session: Session, cap: BudgetCap) -> list[Amounts]:
    """Return every budget that a cap ever had."""
    datasets = [
        DatasetDocument.model_validate_json(row.document)
        for row in session.exec(select(DatasetRow))
    ]
    shared = [dataset for dataset in datasets if subject_of(dataset) == cap.subject]
    if cap.kind == "dataset":
        return [dataset.budget for dataset in shared if dataset.budget is not None]
    names = {dataset.dataset for dataset in shared}
    in_force = select(PolicyRow).where(col(PolicyRow.state).in_(("active", "retired")))
    policies = [PolicyDocument.model_validate_json(row.document) for row in session.exec(in_force)]
    return [
        policy.aggregate.budget
        for policy in policies
        if policy.aggregate is not None and policy.dataset in names
    ]


def _check_settled(session: Session) -> Iterator[str]:
    """What is kept was charged, and is marked so."""
    kept = set(
        session.exec(
            select(AggregateAnswer.fingerprint).where(AggregateAnswer.state == SETTLED),
        )
    )
    rows = session.exec(select(BudgetCharge.component, BudgetCharge.settled)).all()
    if unpaid := kept - {component for component, _ in rows}:
        yield f"{len(unpaid)} answers are kept that nobody was charged for"
    if wrong := [component for component, settled in rows if settled != (component in kept)]:
        yield f"{len(wrong)} charges are marked otherwise than their answers"


def _check_periods(periods: Sequence[BudgetPeriod], entries: list[dict[str, Any]]) -> Iterator[str]:
    """Every further period has its entry, with both officers, and the other way round."""
    logged = {
        (entry["id"], entry["number"], tuple(entry["officers"]))
        for entry in entries
        if entry["type"] == "period"
    }
    stored = {(row.subject, row.number, tuple(json.loads(row.officers))) for row in periods}
    for subject, number, _ in sorted(stored ^ logged):
        yield f"period {number} of {subject}: store and log don't say the same"
