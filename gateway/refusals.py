"""Refusals that depend on the data: held like bytes are, counted like them, remembered.

That nothing safe can be made, or that a format can't hold what was made, says something about the
people asked for. Told at once where bytes would wait for an officer, it would answer by its own
what extracts may not: count after count, a limit apart. So it takes the way of bytes up to the end.
What the machine failed at (a full disk, a crash) isn't such an answer, and ends as `failed`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlmodel import and_, col, or_, select

from gateway.identifiers import new_id
from gateway.store.tables import Extract, PartnerRow
from policies.reasons import Reason

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from gateway.context import Context
    from policies.plans import ExtractPlan

NOTHING_SAFE, NOT_IN_THIS_FORMAT = RULES = ("nothing-safe", "not-in-this-format")


@dataclass(frozen=True)
class Refusal:
    """That nothing leaves, and why; what an extract's outcome is in its place.

    Attributes:
        view: what the guard compares: who would have been released, and how; the rule where
            nobody would have been.
    """

    reason: Reason
    view: str


def nothing_safe(dataset: str) -> Refusal:
    """Say that no form that the policy allows protects everybody."""
    return Refusal(Reason(NOTHING_SAFE, {"dataset": dataset}), NOTHING_SAFE)


def not_in_this_format(plan: ExtractPlan, view: str) -> Refusal:
    """Say that the format can't hold what was made: more rows, or a longer cell, than it has."""
    params = {"format": plan.format, "dataset": plan.dataset}
    return Refusal(Reason(NOT_IN_THIS_FORMAT, params), view)


def was_answered_by_refusal() -> ColumnElement[bool]:
    """Choose extracts that ended in such a refusal; what an officer refused tells nothing."""
    told = (col(Extract.reasons).contains(json.dumps(rule)) for rule in RULES)
    return and_(Extract.state == "refused", or_(*told))


def refused_before(context: Context, session: Session, fingerprint: str) -> Extract | None:
    """Find the refusal that this very request got today; it would get it again.

    The fingerprint names all that decides but the day, by which consents end, and the terms of
    whoever contributed. Where a partner was declared since, it is made anew. What kept a local
    extract from leaving, that some of its people had left before, stays so.
    """
    last = session.exec(
        select(Extract)
        .where(Extract.fingerprint == fingerprint, was_answered_by_refusal())
        .order_by(col(Extract.requested_at).desc()),
    ).first()
    if last is None or not _is_of_today(context, last):
        return None
    since = select(PartnerRow.partner).where(PartnerRow.declared_at >= last.requested_at)
    return last if session.exec(since).first() is None else None


def _is_of_today(context: Context, extract: Extract) -> bool:
    zone = context.home.document.timezone
    asked = datetime.fromisoformat(extract.requested_at).astimezone(ZoneInfo(zone)).date()
    return asked == context.clock.today(zone)


def log_again(context: Context, session: Session, extract: Extract) -> None:
    """Enter that a request was refused once more; the refusal of its extract has its own entry."""
    rules = [reason["rule"] for reason in json.loads(extract.reasons)]
    context.log.append(session, "refusal", new_id("ref"), partner=extract.partner, rules=rules)
