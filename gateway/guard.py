"""The guard: what must hold before bytes may leave, checked apart from what made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import and_, col, or_, select

from gateway.clearance import follows_a_local_one
from gateway.store.tables import Extract

if TYPE_CHECKING:
    from sqlmodel import Session

    from gateway.context import Context

NOTHING_SAFE = "nothing-safe"
HOLDING = ("in_review", "settled", "ready", "expired", "recalled")


def holds_another_view(session: Session, extract: Extract) -> bool:
    """Whether this partner holds, or waits for, another view of the same dataset.

    Another filter, column set, purpose, agreement, policy version or snapshot is another view:
    two of them may tell, by their difference, what neither tells alone. So is the same request
    once somebody's consent has ended, or tokens have a new epoch. Bytes that expired or were
    recalled were held once, and still count. So does a refusal because nothing safe could be
    made: it said something about the data too.

    Does not protect: partners who join what they hold; that needs the classes compared.
    """
    other = session.exec(
        select(Extract.id).where(
            Extract.partner == extract.partner,
            Extract.dataset == extract.dataset,
            Extract.id != extract.id,
            or_(Extract.basis != extract.basis, Extract.view != extract.view),
            or_(
                col(Extract.state).in_(HOLDING),
                and_(Extract.state == "refused", col(Extract.reasons).contains(NOTHING_SAFE)),
            ),
        ),
    ).first()
    return other is not None


def reviews_needed(context: Context, session: Session, extract: Extract, by_policy: int) -> int:
    """Return how many officers must approve: as the policy says; one at least where guarded."""
    guarded = holds_another_view(session, extract) or follows_a_local_one(context, session, extract)
    return max(by_policy, 1) if guarded else by_policy
