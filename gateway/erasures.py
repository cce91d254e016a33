"""Erasures of partners' random tokens, as the audit log tells them.

Each is two entries of the kind `key`: that erasing began, and that the tokens are erased. What
lies between them, a crash may leave undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import func, select

from gateway.store.tables import LogLeaf

if TYPE_CHECKING:
    from sqlmodel import Session

    from gateway.log import AuditLog
    from gateway.outcomes import Outcome

KIND: Final = "key"
BEGUN, DONE = "erasing", "erased"
_SUBJECT = "tokens/"


def subject_of(partner: str) -> str:
    """Return what entries call the tokens of a partner."""
    return f"{_SUBJECT}{partner}"


def count_erasures(session: Session, partner: str) -> int:
    """Return how many entries say that this partner's tokens are being erased, or were.

    Two readings that are the same have no part of an erasure between them, provided that the
    second one holds the log's lock.
    """
    query = select(func.count()).where(LogLeaf.type == KIND, LogLeaf.subject == subject_of(partner))
    return session.exec(query).one()


def lost_tokens(session: Session, partner: str, outcome: Outcome) -> bool:
    """Whether an extract may hold tokens that were erased while it was made, or waited.

    An erasure of another agreement of this partner counts too: few meet one, and asking again
    costs little.

    Args:
        session: holds the log's lock, so that no erasure begins or ends meanwhile.
        partner: whose extract.
        outcome: what was made.
    """
    return outcome.has_random_tokens and count_erasures(session, partner) != outcome.erasures


def unfinished_erasures(log: AuditLog) -> list[tuple[str, str]]:
    """Return partner and agreement of each erasure that began and wasn't done since."""
    begun: dict[tuple[str, str], None] = {}
    for entry in log.entries(KIND):
        if entry["id"].startswith(_SUBJECT):
            one = (entry["id"].removeprefix(_SUBJECT), entry["agreement"])
            if entry["state"] == BEGUN:
                begun[one] = None
            else:
                begun.pop(one, None)
    return list(begun)
