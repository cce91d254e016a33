"""Releases: settled in one transaction with their entry, published under a signed checkpoint."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, func, select

from gateway.clearance import is_cleared
from gateway.erasures import lost_tokens
from gateway.errors import InvalidRequestError, NotFoundError
from gateway.extracts import close, decide, own_release, stored_request
from gateway.guard import reviews_needed
from gateway.identifiers import release_id_of
from gateway.manifests import Approval, build_manifest
from gateway.outcomes import Outcome, open_outcome
from gateway.refusals import Refusal, nothing_safe
from gateway.replaying import replay_ended
from gateway.settled import days_of, enter_release, unseal_manifest
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract, PartnerRow, Release, ReviewVote
from gateway.withdrawn import withdrawn_meanwhile
from policies.plans import ExtractPlan, Permit
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context


_CURSOR = re.compile("[0-9]{1,9}")  # an index of the log, as a page before gave it


@dataclass(frozen=True)
class ReleaseView:
    """A release as its partner, or an officer, sees it in a list.

    Attributes:
        extract_id, aggregate_id: what it was made of; the other one is None.
        state: of the extract; an aggregate's answer stays ready.
    """

    id: str
    extract_id: str | None
    aggregate_id: str | None
    partner: str
    dataset: str
    settled_at: str
    delete_by: str
    state: str


def settle(context: Context, extract_id: str) -> str:
    """Settle a made extract: one transaction for release, entry, leaf and state.

    **Guarantee.** Before this commits, the bytes on disk are ciphertext whose key is nowhere but
    in the sealed outcome of an extract that isn't ready; nothing else opens them. After it
    commits, entry and release exist together. Called again, it finds the work done.

    Returns:
        The state the extract is in now: settled, in_review, refused, or what it was already.
    """
    with writing(context.store) as session:
        context.log.lock(session)
        extract = session.get_one(Extract, extract_id)
        if extract.state in ("running", "in_review"):
            settle_within(context, session, extract)
        return extract.state


def settle_within(context: Context, session: Session, extract: Extract) -> None:
    """Settle inside the caller's transaction, which holds the log's lock."""
    permit = decide(context, extract.partner, stored_request(context, extract))
    now = context.clock.timestamp()
    if not still_permitted(permit, extract):
        refuse_in_transit(context, session, extract)
        return
    assert isinstance(permit, Permit)  # noqa: S101 - narrowed by still_permitted
    outcome = open_outcome(context, extract)
    if isinstance(outcome, Outcome) and lost_tokens(session, extract.partner, outcome):
        close(session, extract, "failed", (Reason("tokens-erased", {}),), now)
        return
    if isinstance(outcome, Outcome) and withdrawn_meanwhile(context, session, extract, outcome):
        close(session, extract, "failed", (Reason("consent-changed", {}),), now)
        return
    needed = reviews_needed(context, session, extract, permit.plan.least_reviews)
    if len(approvals(session, extract.id)) < needed:
        _hold(context, session, extract, needed)
        return
    if isinstance(outcome, Refusal):
        _refuse(context, session, extract, outcome.reason)
        return
    if not is_cleared(context, session, extract, permit.plan, outcome):
        _refuse(context, session, extract, nothing_safe(extract.dataset).reason)
        return
    _release(context, session, extract, permit.plan, outcome)
    extract.state, extract.progress, extract.updated_at = "settled", 0.99, now
    session.add(extract)


def still_permitted(decision: object, extract: Extract) -> bool:
    """Whether the request is still permitted, by the same policy, agreement and declaration."""
    return (
        isinstance(decision, Permit)
        and decision.plan.policy_sha256 == extract.policy_sha256
        and decision.plan.agreement == extract.agreement
        and decision.plan.dataset_sha256 == extract.dataset_sha256
    )


def refuse_in_transit(context: Context, session: Session, extract: Extract) -> None:
    """Refuse an extract whose permission ended between request and settling."""
    _refuse(context, session, extract, Reason("permission-ended", {"dataset": extract.dataset}))


def _refuse(context: Context, session: Session, extract: Extract, reason: Reason) -> None:
    close(session, extract, "refused", (reason,), context.clock.timestamp())
    context.log.append(
        session,
        "refusal",
        extract.id,
        partner=extract.partner,
        rules=[reason.rule],
    )


def _hold(context: Context, session: Session, extract: Extract, needed: int) -> None:
    if extract.state == "in_review" and extract.reviews_needed == needed:
        return
    extract.state, extract.reviews_needed = "in_review", needed
    extract.progress, extract.updated_at = 0.95, context.clock.timestamp()
    session.add(extract)
    context.log.append(
        session,
        "review",
        extract.id,
        partner=extract.partner,
        state="requested",
        needed=needed,
    )


def approvals(session: Session, extract_id: str) -> list[Approval]:
    """Return the approving votes, oldest first."""
    votes = session.exec(
        select(ReviewVote)
        .where(ReviewVote.extract_id == extract_id, ReviewVote.verdict == "approve")
        .order_by(col(ReviewVote.id)),
    )
    return [Approval(vote.officer, vote.voted_at) for vote in votes]


def _release(
    context: Context,
    session: Session,
    extract: Extract,
    plan: ExtractPlan,
    outcome: Outcome,
) -> None:
    release_id = release_id_of(extract.id)
    days = days_of(context, plan, outcome.first_consent_end)
    votes = approvals(session, extract.id)
    manifest = build_manifest(
        context,
        release_id=release_id,
        plan=plan,
        outcome=outcome,
        approvals=votes,
        delete_by=days.delete_by,
        reviewed=extract.reviews_needed > plan.review,
        snapshot=extract.snapshot,
    )
    entered = enter_release(context, session, release_id, manifest)
    wrap = context.keys.content_key_wrap
    session.add(
        Release(
            id=release_id,
            extract_id=extract.id,
            partner=extract.partner,
            dataset=extract.dataset,
            entry_index=entered.index,
            settled_at=entered.time,
            delete_by=days.delete_by,
            download_until=days.download_until,
            first_consent_end=outcome.first_consent_end,
            checked_basis=outcome.consent_basis,
            sealed_manifest=entered.sealed_manifest,
            sealed_content_key=wrap(outcome.content_key, f"release:{release_id}:content"),
            sealed_classes_key=wrap(outcome.classes_key, f"release:{release_id}:classes"),
        ),
    )


def publish(context: Context, extract_id: str) -> None:
    """Sign a checkpoint that covers the release, then let its bytes be read."""
    with reading(context.store) as session:
        if session.get_one(Extract, extract_id).state != "settled":
            return
    context.log.sign()
    with writing(context.store) as session:
        extract = session.get_one(Extract, extract_id)
        release = session.get_one(Release, release_id_of(extract_id))
        if extract.state != "settled":
            return
        release.published = True
        extract.state, extract.progress = "ready", 1.0
        extract.updated_at, extract.expires_at = context.clock.timestamp(), release.download_until
        session.add_all((release, extract))


def expire(context: Context, session: Session, extract: Extract, reason: Reason) -> None:
    """End the download of a release: its content key is destroyed, its evidence stays."""
    release = session.get_one(Release, release_id_of(extract.id))
    release.sealed_content_key = None
    release.published = True  # if it wasn't: its evidence is there to be seen
    session.add(release)
    close(session, extract, "expired", (reason,), context.clock.timestamp())


def list_releases(
    context: Context,
    partner: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[ReleaseView], str | None]:
    """Return a page of published releases, newest first, and the cursor of the next page.

    Args:
        context: the open home.
        partner: whose; None for an officer, who sees all.
        cursor: as an earlier page gave it.
        limit: 1 to 100 releases.
    """
    query = select(Release, Extract.state).outerjoin(Extract, col(Extract.id) == Release.extract_id)
    query = query.where(col(Release.published)).order_by(col(Release.entry_index).desc())
    if partner is not None:
        query = query.where(Release.partner == partner)
    if cursor is not None:
        query = query.where(col(Release.entry_index) < _read_cursor(cursor))
    with reading(context.store) as session:
        rows = session.exec(query.limit(limit + 1)).all()
        views = [_view(release, state) for release, state in rows[:limit]]
        more = str(rows[limit - 1][0].entry_index) if len(rows) > limit else None
        return views, more


def _read_cursor(cursor: str) -> int:
    if not _CURSOR.fullmatch(cursor):
        raise InvalidRequestError((Reason("bad-cursor", {}),))
    return int(cursor)


def _view(release: Release, state: str | None) -> ReleaseView:
    return ReleaseView(
        id=release.id,
        extract_id=release.extract_id,
        aggregate_id=release.aggregate_id,
        partner=release.partner,
        dataset=release.dataset,
        settled_at=release.settled_at,
        delete_by=release.delete_by,
        state=state or "ready",
    )


def _state(session: Session, release: Release) -> str | None:
    """Return the state of the extract that a release was made of; None for an aggregate."""
    made_of = release.extract_id
    return None if made_of is None else session.get_one(Extract, made_of).state


def view_release(context: Context, partner: str, release_id: str) -> ReleaseView:
    """Return one of this partner's releases."""
    with reading(context.store) as session:
        release = own_release(session, partner, release_id)
        return _view(release, _state(session, release))


def manifest_bytes(context: Context, partner: str, release_id: str) -> bytes:
    """Return the manifest, the very bytes that the entry names."""
    with reading(context.store) as session:
        return open_manifest(context, own_release(session, partner, release_id))


def open_manifest(context: Context, release: Release) -> bytes:
    """Open a release's manifest; it names the filters of the request, so it is stored sealed."""
    return unseal_manifest(context, release.id, release.sealed_manifest)


def receipt_text(context: Context, partner: str, release_id: str) -> str:
    """Return the receipt: the entry, its salt, its inclusion proof and a signed checkpoint."""
    with reading(context.store) as session:
        index = own_release(session, partner, release_id).entry_index
    return context.log.receipt(index)


def show_release(context: Context, release_id: str) -> dict[str, Any]:
    """Return everything about a release that the operator may see, figures included."""
    with reading(context.store) as session:
        release = session.get(Release, release_id)
        if release is None:
            raise NotFoundError(f"no release {release_id!r}; see `weir release list`")
        partner = session.get_one(PartnerRow, release.partner)
        votes = approvals(session, release.extract_id) if release.extract_id else []
        return {
            "release": release.id,
            "extract": release.extract_id,
            "aggregate": release.aggregate_id,
            "state": _state(session, release) or "ready",
            "partner": partner.partner,
            "partner_suspended": partner.suspended,
            "settled_at": release.settled_at,
            "entry_index": release.entry_index,
            "download_until": release.download_until,
            "replay_ended": replay_ended(session, release),
            "approvals": [vars(vote) for vote in votes],
            "manifest": json.loads(open_manifest(context, release)),
        }


def count_settled(session: Session) -> int:
    """Return how many releases the store holds."""
    return session.exec(select(func.count()).select_from(Release)).one()
