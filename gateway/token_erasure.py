"""Erasing random tokens: nothing that the home keeps says any more whose they were.

Tokens and the order of their files (`row_order.py`) go from the token vault; ready and waiting
extracts that hold such tokens end, their keys destroyed; an extract under way ends as failed when
it is to be settled (`releases.settle_within`). The next request on the same records has new tokens
in a new order. It is another view, which waits for an officer.

Guarantee:
    First an entry says that erasing begins, then it is done, then an entry says so. A crash
    between the two is finished when the home is opened. No extract with erased tokens is
    published or given out after the second entry.

Does not protect:
    Backups keep the tokens until they are deleted. Partners keep their files: whoever has the
    lake, or a newer file on the same people, may join rows by what they say, as far as k and l
    let them; that is what the officer decides about. Derived tokens stay as they are: nothing of
    them is stored.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from gateway.erasures import BEGUN, DONE, KIND, subject_of, unfinished_erasures
from gateway.errors import LakeError, NotFoundError
from gateway.extracts import close
from gateway.housekeeping import delete_bytes
from gateway.outcomes import Outcome, open_outcome
from gateway.releases import expire
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract
from policies.reasons import Reason

if TYPE_CHECKING:
    from sqlmodel import Session

    from gateway.context import Context

_LOG = logging.getLogger("weir.recovery")


def erase_tokens(context: Context, partner: str, agreement: str) -> dict[str, Any]:
    """Erase a partner's random tokens, end its extracts that hold any, and log it.

    May be done again, to the same end. Derived tokens are untouched: nothing of them is stored.

    Args:
        context: the open home.
        partner: whose tokens.
        agreement: only those it received under this one; empty for all.

    Raises:
        NotFoundError: no such partner, or it never had such an agreement; nothing was done.
        LakeError: the token vault isn't there. Extracts have ended; tokens are erased when the
            home is opened with its vault.
    """
    _check_known(context, partner, agreement)
    return _erase(context, partner, agreement)


def finish_erasures(context: Context) -> None:
    """Do to the end what a crash left undone of erasures."""
    for partner, agreement in unfinished_erasures(context.log):
        try:
            _erase(context, partner, agreement)
        except LakeError as error:
            _LOG.warning("erasing tokens of %s isn't done: %s", partner, error)


def _check_known(context: Context, partner: str, agreement: str) -> None:
    declared = context.registry.partner(partner)
    if declared is None:
        raise NotFoundError(f"no partner {partner!r}; `weir partner list` names them")
    asked_under = select(Extract.agreement).where(Extract.partner == partner).distinct()
    with reading(context.store) as session:  # some may be declared no longer
        known = {*session.exec(asked_under)}
    known |= {one.agreement for one in declared.document.agreements}
    if agreement and agreement not in known:
        there = ", ".join(sorted(known)) or "none"
        raise NotFoundError(f"{partner} has no agreement {agreement!r}; it has: {there}")


def _erase(context: Context, partner: str, agreement: str) -> dict[str, Any]:
    ended = _tell(context, partner, agreement, BEGUN)
    erased = context.tokens.erase(partner, agreement)
    # What was settled since then passed the check against the first entry alone.
    ended += _tell(context, partner, agreement, DONE)
    return {"name": partner, "agreement": agreement, "erased": erased, "ended": ended}


def _tell(context: Context, partner: str, agreement: str, state: str) -> int:
    """Enter how far erasing is, and in the same transaction end what holds such tokens."""
    with writing(context.store) as session:
        context.log.lock(session)
        extracts = _holding_tokens(context, session, partner, agreement)
        for extract in extracts:
            _end(context, session, extract)
        context.log.append(session, KIND, subject_of(partner), state=state, agreement=agreement)
        ended = [extract.id for extract in extracts]
    for extract_id in ended:
        delete_bytes(context, extract_id)
    return len(ended)


def _holding_tokens(
    context: Context, session: Session, partner: str, agreement: str
) -> list[Extract]:
    """Return the ready and waiting extracts whose tokens go."""
    query = select(Extract).where(
        Extract.partner == partner, col(Extract.state).in_(("in_review", "settled", "ready"))
    )
    if agreement:
        query = query.where(Extract.agreement == agreement)
    return [one for one in session.exec(query) if _holds_tokens(context, one)]


def _holds_tokens(context: Context, extract: Extract) -> bool:
    outcome = open_outcome(context, extract)
    return isinstance(outcome, Outcome) and outcome.has_random_tokens


def _end(context: Context, session: Session, extract: Extract) -> None:
    reason = Reason("tokens-erased", {})
    if extract.state == "in_review":  # it has no release; its keys are in its outcome alone
        close(session, extract, "expired", (reason,), context.clock.timestamp())
    else:
        expire(context, session, extract, reason)
