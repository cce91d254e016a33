"""The guard: what must hold before bytes may leave, checked apart from what made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, or_, select

from gateway.clearance import follows_a_local_one
from gateway.refusals import was_answered_by_refusal
from gateway.store.tables import Extract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session
    from sqlmodel.sql.expression import SelectOfScalar

    from gateway.context import Context

HOLDING = ("in_review", "settled", "ready", "expired", "recalled")


def holds_another_view(context: Context, session: Session, extract: Extract) -> bool:
    """Whether this partner holds, or waits for, another view of the same people.

    Another filter, column set, purpose, agreement, policy version or snapshot is another view:
    two of them may tell, by their difference, what neither tells alone. So is the same request
    once somebody's consent has ended, or tokens have a new epoch, and any view of another dataset
    in the same budget group, which holds the same people. Bytes that expired or were recalled
    were held once, and still count. So does a refusal that was an answer (`refusals.py`): it said
    something about the data too.

    Does not protect: partners who join what they hold; that needs the classes compared.
    """
    return session.exec(_others(context, extract).limit(1)).first() is not None


def other_views(context: Context, session: Session, extract: Extract) -> Sequence[Extract]:
    """Return the extracts that are another view of the same people, the oldest first."""
    return session.exec(_others(context, extract).order_by(Extract.requested_at)).all()


def _others(context: Context, extract: Extract) -> SelectOfScalar[Extract]:
    return select(Extract).where(
        Extract.partner == extract.partner,
        col(Extract.dataset).in_(context.registry.sharing_people(extract.dataset)),
        Extract.id != extract.id,
        or_(Extract.basis != extract.basis, Extract.view != extract.view),
        or_(col(Extract.state).in_(HOLDING), was_answered_by_refusal()),
    )


def reviews_needed(context: Context, session: Session, extract: Extract, by_policy: int) -> int:
    """Return how many officers must approve: as the policy says; one at least where guarded."""
    second = holds_another_view(context, session, extract)
    guarded = second or follows_a_local_one(context, session, extract)
    return max(by_policy, 1) if guarded else by_policy
