"""Reviews: officers decide on extracts that wait; every act is an entry."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from gateway.errors import ConflictError, NotFoundError
from gateway.extracts import close
from gateway.officers import check_first_vote
from gateway.releases import publish, settle_within
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract, ReviewVote
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context


def approve(context: Context, extract_id: str, officer: str, reason: str) -> str:
    """Record an officer's approval; the last one that was missing settles the release.

    Returns:
        The state the extract is in now.

    Raises:
        NotFoundError: no such extract.
        ConflictError: it doesn't wait for review, or this officer has voted.
    """
    with writing(context.store) as session:
        context.log.lock(session)
        extract = waiting_extract(session, extract_id)
        _vote(context, session, extract, officer, "approve", reason)
        settle_within(context, session, extract)
    publish(context, extract_id)
    with reading(context.store) as session:
        return session.get_one(Extract, extract_id).state


def refuse(context: Context, extract_id: str, officer: str, reason: str) -> str:
    """Record an officer's refusal: the extract ends and its bytes can't be opened any more.

    Raises:
        NotFoundError: no such extract.
        ConflictError: it doesn't wait for review, or this officer has voted.
    """
    with writing(context.store) as session:
        context.log.lock(session)
        extract = waiting_extract(session, extract_id)
        _vote(context, session, extract, officer, "refuse", reason)
        refused = Reason("review-refused", {"dataset": extract.dataset})
        close(session, extract, "refused", (refused,), context.clock.timestamp())
        return extract.state


def waiting_extract(session: Session, extract_id: str) -> Extract:
    """Return an extract that waits for officers.

    Raises:
        NotFoundError: no such extract.
        ConflictError: it doesn't wait for review.
    """
    extract = session.get(Extract, extract_id)
    if extract is None:
        raise NotFoundError(f"no extract {extract_id!r}; see `weir review list`")
    if extract.state != "in_review":
        raise ConflictError(f"extract {extract_id} is {extract.state}; it doesn't wait for review")
    return extract


def _vote(  # noqa: PLR0913, PLR0917 - a vote is these six
    context: Context,
    session: Session,
    extract: Extract,
    officer: str,
    verdict: str,
    reason: str,
) -> None:
    cast = session.exec(select(ReviewVote.officer).where(ReviewVote.extract_id == extract.id))
    check_first_vote(officer, cast, extract.id)
    now = context.clock.timestamp()
    session.add(
        ReviewVote(
            extract_id=extract.id,
            officer=officer,
            verdict=verdict,
            voted_at=now,
            sealed_reason=context.keys.store_cipher().seal(
                reason.encode(),
                f"review:{extract.id}:{officer}:reason",
            ),
        ),
    )
    session.flush()
    context.log.append(
        session,
        "review",
        extract.id,
        partner=extract.partner,
        state=verdict,
        officer=officer,
        reason_sha256=hashlib.sha256(reason.encode()).hexdigest(),
    )
