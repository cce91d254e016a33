"""A released aggregate must be what its manifest names, and all of it must have been paid."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from gateway.ledger import SETTLED
from gateway.store.engine import reading
from gateway.store.tables import Aggregate, AggregateAnswer, BudgetCap, BudgetCharge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from gateway.context import Context
    from gateway.store.tables import Release


def check_aggregate(
    context: Context, release: Release, aggregate_id: str, manifest: dict[str, Any]
) -> Iterator[str]:
    """Yield what doesn't hold of an aggregate that was released, as sentences."""
    with reading(context.store) as session:
        aggregate = session.get(Aggregate, aggregate_id)
        if aggregate is None:
            yield "the aggregate that it was made of is gone"
            return
        if (aggregate.partner, aggregate.dataset) != (release.partner, release.dataset):
            yield "its aggregate is another partner's, or of another dataset"
        yield from _check_content(context, aggregate, manifest)
        yield from _check_charges(session, aggregate)


def _check_content(
    context: Context, aggregate: Aggregate, manifest: dict[str, Any]
) -> Iterator[str]:
    if aggregate.state != SETTLED or aggregate.sealed_content is None:
        yield f"its aggregate is {aggregate.state}, without content"
        return
    cipher = context.keys.store_cipher()
    content = cipher.open(aggregate.sealed_content, f"aggregate:{aggregate.id}:content")
    if hashlib.sha256(content).hexdigest() != manifest["content_sha256"]:
        yield "the content isn't the one that its manifest names"


def _check_charges(session: Session, aggregate: Aggregate) -> Iterator[str]:
    """Everything that it is made of was charged to the dataset and to this partner."""
    components: set[str] = {*json.loads(aggregate.components)}
    if not components:
        yield "it names nothing that it is made of"
    own = col(BudgetCap.id).startswith(f"partner:{aggregate.partner}:")
    for what, cap in (
        ("the dataset's budget", col(BudgetCap.kind) == "dataset"),
        ("this partner's budget", own),
    ):
        if missing := components - _charged(session, cap):
            yield f"{len(missing)} of its {len(components)} answers weren't charged to {what}"
    kept = select(AggregateAnswer.fingerprint).where(AggregateAnswer.state == SETTLED)
    found = session.exec(kept).all()
    if missing := components.difference(found):
        yield f"{len(missing)} of its {len(components)} answers aren't kept"


def _charged(session: Session, cap: ColumnElement[bool]) -> set[str]:
    """Return what was charged to some caps, and drawn."""
    charged = select(BudgetCharge.component).join(BudgetCap).where(cap, col(BudgetCharge.settled))
    return set(session.exec(charged))
