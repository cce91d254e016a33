"""Policy drafts: where `home.yaml` sets `policy_review`, officers approve before one is active."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, delete, func, select

from gateway.declarations import activate_policy, active_policy, apply_policy, policy_row
from gateway.errors import NotFoundError
from gateway.messages import worded
from gateway.officers import check_first_vote
from gateway.store.engine import reading, writing
from gateway.store.tables import PolicyRow, PolicyVote
from policies.documents import PolicyDocument
from policies.lint import lint

if TYPE_CHECKING:
    from gateway.context import Context

PREFIX = "pol_"
_ID_DIGITS = 20  # of the version's hash


@dataclass(frozen=True)
class Draft:
    """A policy version that waits for officers."""

    id: str
    policy: str
    dataset: str
    requested_at: str
    approvals: int
    needed: int


def propose_policy(context: Context, document: PolicyDocument) -> dict[str, Any]:
    """Apply a policy, or make it a draft where the home asks for approvals.

    An older draft of the same policy gives way; votes on an earlier proposal don't count again.

    Returns:
        `outcome`: as `apply_policy` says, or `draft`, then with `review` (its id) and `needed`.
    """
    needed = context.home.document.policy_review
    if not needed:
        return asdict(apply_policy(context, document))
    with writing(context.store) as session:
        context.log.lock(session)
        active = active_policy(session, document.policy)
        row = policy_row(context, session, document)
        if active is not None and active.sha256 == row.sha256:
            return {"outcome": "unchanged"}
        _retire_drafts(session, document.policy)
        row.state, row.declared_at = "draft", context.clock.timestamp()
        session.add(row)
        session.exec(delete(PolicyVote).where(col(PolicyVote.policy_sha256) == row.sha256))
        context.log.append(
            session,
            "policy",
            row.policy,
            policy_sha256=row.sha256,
            dataset=row.dataset,
            state="draft",
        )
    return {"outcome": "draft", "review": _id(row), "needed": needed}


def _retire_drafts(session: Session, policy: str) -> None:
    drafts = select(PolicyRow).where(PolicyRow.policy == policy, PolicyRow.state == "draft")
    for row in session.exec(drafts).all():
        row.state = "retired"
        session.add(row)


def list_drafts(context: Context) -> list[Draft]:
    """Return the drafts, the oldest first."""
    with reading(context.store) as session:
        drafts = select(PolicyRow).where(PolicyRow.state == "draft")
        ordered = drafts.order_by(PolicyRow.declared_at)
        return [_about(context, session, row) for row in session.exec(ordered)]


def _about(context: Context, session: Session, row: PolicyRow) -> Draft:
    return Draft(
        id=_id(row),
        policy=row.policy,
        dataset=row.dataset,
        requested_at=row.declared_at,
        approvals=_approvals(session, row),
        needed=context.home.document.policy_review,
    )


def show_draft(context: Context, draft_id: str) -> dict[str, Any]:
    """Show a draft as officers decide on it: what it says, and what the lint says of it.

    Raises:
        NotFoundError: there is no such draft.
    """
    with reading(context.store) as session:
        row = _draft(session, draft_id)
        shown = asdict(_about(context, session, row))
    document = PolicyDocument.model_validate_json(row.document)
    dataset = context.registry.dataset(row.dataset)
    assert dataset is not None  # noqa: S101 - it was checked against it, and stays declared
    findings = lint(document, dataset.document)
    return {
        **shown,
        "kind": "policy",
        "policy_sha256": row.sha256,
        "document": json.loads(row.document),
        "errors": worded(findings.errors),
        "warnings": worded(findings.warnings),
    }


def approve_draft(context: Context, draft_id: str, officer: str, reason: str) -> str:
    """Record an officer's approval; the last one that was missing makes the draft active.

    Returns:
        The state it is in now: draft or active.

    Raises:
        NotFoundError: there is no such draft.
        ConflictError: this officer has approved it.
    """
    with writing(context.store) as session:
        context.log.lock(session)
        row = _draft(session, draft_id)
        _vote(context, session, row, officer, reason)
        _log_decision(context, session, row, "approve", officer, reason)
        if _approvals(session, row) >= context.home.document.policy_review:
            activate_policy(context, session, row)
        return row.state


def refuse_draft(context: Context, draft_id: str, officer: str, reason: str) -> str:
    """Record an officer's refusal: the draft is dropped; the active version stays.

    Raises:
        NotFoundError: there is no such draft.
    """
    with writing(context.store) as session:
        context.log.lock(session)
        row = _draft(session, draft_id)
        row.state = "refused"
        session.add(row)
        _log_decision(context, session, row, "refuse", officer, reason)
        return row.state


def _id(row: PolicyRow) -> str:
    return PREFIX + row.sha256[:_ID_DIGITS]


def _draft(session: Session, draft_id: str) -> PolicyRow:
    for row in session.exec(select(PolicyRow).where(PolicyRow.state == "draft")):
        if _id(row) == draft_id:
            return row
    raise NotFoundError(f"no policy draft {draft_id}; see `weir review list`")


def _vote(context: Context, session: Session, row: PolicyRow, officer: str, reason: str) -> None:
    cast = select(PolicyVote.officer).where(PolicyVote.policy_sha256 == row.sha256)
    check_first_vote(officer, session.exec(cast), _id(row))
    session.add(
        PolicyVote(
            policy_sha256=row.sha256,
            officer=officer,
            voted_at=context.clock.timestamp(),
            sealed_reason=context.keys.store_cipher().seal(
                reason.encode(),
                f"policy:{row.sha256}:{officer}:reason",
            ),
        ),
    )
    session.flush()


def _approvals(session: Session, row: PolicyRow) -> int:
    counted = select(func.count()).where(PolicyVote.policy_sha256 == row.sha256)
    return session.exec(counted).one()


def _log_decision(  # noqa: PLR0913, PLR0917 - a decision is these six
    context: Context,
    session: Session,
    row: PolicyRow,
    verdict: str,
    officer: str,
    reason: str,
) -> None:
    context.log.append(
        session,
        "review",
        _id(row),
        policy=row.policy,
        policy_sha256=row.sha256,
        state=verdict,
        officer=officer,
        reason_sha256=hashlib.sha256(reason.encode()).hexdigest(),
    )
