"""Extracts as partners see them: asked for, waited for, refused or ready."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from sqlmodel import Session, col, func, select

from gateway.errors import InvalidRequestError, NotFoundError, RefusedError
from gateway.identifiers import new_id, release_id_of
from gateway.redacting import unavailable
from gateway.refusals import log_again, refused_before
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract, Release
from policies.evaluation import evaluate
from policies.plans import ExtractPlan, Permit, Refuse
from policies.reasons import Reason
from policies.requests import ExtractRequest, RequestError, parse_request
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.context import Context

UNKNOWN = "unknown-dataset"
MOST_OPEN = 32


@dataclass(frozen=True)
class ExtractView:
    """What a partner may know of its extract.

    Attributes:
        state: queued, running, in_review, ready, refused, failed, expired or recalled.
        progress: 0 to 1, from the stages of the work alone, never from the data.
        release_id: once it is ready.
    """

    id: str
    dataset: str
    state: str
    progress: float
    reasons: tuple[Reason, ...]
    release_id: str | None


def request_extract(context: Context, partner: str, body: Mapping[str, Any]) -> ExtractView:
    """Take a request: find the one it repeats, or queue it, or refuse it with reasons.

    The same request of the same partner on the same snapshot under the same policy is the same
    extract, and gets the stored bytes, or the refusal that it got.

    Raises:
        InvalidRequestError: the body isn't a request; every problem is named.
        NotFoundError: no agreement of this partner covers the dataset, or there is none.
        RefusedError: the policy says no; the refusal is an entry.
    """
    try:
        request = parse_request(body)
    except RequestError as error:
        raise InvalidRequestError(error.reasons) from error
    decision = decide(context, partner, request)
    if isinstance(decision, Refuse):
        refuse(context, partner, decision.reasons)
    missing = unavailable(decision.plan)
    if missing is not None:
        refuse(context, partner, (missing,))
    extract = _queue(context, decision.plan)
    if extract.state == "queued":
        context.queue.enqueue(extract.id)
    return _view(extract)


def decide(context: Context, partner: str, request: ExtractRequest) -> Permit | Refuse:
    """Evaluate a request against what is declared and in force at this moment."""
    declared = context.registry.partner(partner)
    dataset = context.registry.dataset(request.dataset)
    if declared is None or dataset is None:
        return Refuse((Reason(UNKNOWN, {"dataset": request.dataset}),))
    return evaluate(
        request,
        partner=declared.document,
        dataset=dataset.document,
        dataset_sha=dataset.sha256,
        policies=context.registry.policies_for(request.dataset),
        today=context.clock.today(context.home.document.timezone),
        suspended=declared.suspended,
    )


def refuse(
    context: Context, partner: str, reasons: tuple[Reason, ...], **facts: list[str]
) -> NoReturn:
    """Enter a refusal, with facts that officers alone see, and tell the partner the reasons."""
    rules = sorted({reason.rule for reason in reasons})
    with writing(context.store) as session:
        context.log.append(session, "refusal", new_id("ref"), partner=partner, rules=rules, **facts)
    if UNKNOWN in rules:
        raise NotFoundError
    raise RefusedError(reasons)


def view_extract(context: Context, partner: str, extract_id: str) -> ExtractView:
    """Return one of this partner's extracts.

    Raises:
        NotFoundError: there is none of this id, or it is another partner's.
    """
    with reading(context.store) as session:
        return _view(own_extract(session, partner, extract_id))


def own_extract(session: Session, partner: str, extract_id: str) -> Extract:
    """Return the extract if it is this partner's; another's doesn't exist for it."""
    extract = session.get(Extract, extract_id)
    if extract is None or extract.partner != partner:
        raise NotFoundError
    return extract


def own_release(session: Session, partner: str, release_id: str) -> Release:
    """Return the release if it is this partner's and published."""
    release = session.get(Release, release_id)
    if release is None or release.partner != partner or not release.published:
        raise NotFoundError
    return release


def _queue(context: Context, plan: ExtractPlan) -> Extract:
    snapshot = context.lake.dataset_snapshot(plan.dataset)
    basis, fingerprint = _fingerprints(context, plan, snapshot)
    now = context.clock.timestamp()
    with writing(context.store) as session:
        context.log.lock(session)
        same = session.exec(select(Extract).where(Extract.live == fingerprint)).first()
        if same is not None:
            return same
        refused = refused_before(context, session, fingerprint)
        if refused is not None:
            log_again(context, session, refused)
            return refused
        _check_open(session, plan.partner)
        extract_id = new_id("ext")
        extract = Extract(
            id=extract_id,
            partner=plan.partner,
            dataset=plan.dataset,
            agreement=plan.agreement,
            policy_sha256=plan.policy_sha256,
            dataset_sha256=plan.dataset_sha256,
            snapshot=snapshot,
            fingerprint=fingerprint,
            basis=basis,
            live=fingerprint,
            format=plan.format,
            state="queued",
            requested_at=now,
            updated_at=now,
            sealed_request=context.keys.store_cipher().seal(
                canonical_bytes(plan.request),
                f"extract:{extract_id}:request",
            ),
        )
        session.add(extract)
        return extract


def _check_open(session: Session, partner: str) -> None:
    """Nobody may fill the disk, or an officer's list, with requests that nobody has decided."""
    count = session.exec(
        select(func.count()).where(
            Extract.partner == partner,
            col(Extract.state).in_(("queued", "running", "in_review")),
        ),
    ).one()
    if count >= MOST_OPEN:
        raise RefusedError((Reason("too-many-open", {"count": str(count)}),))


def _fingerprints(context: Context, plan: ExtractPlan, snapshot: int) -> tuple[str, str]:
    """Keyed hashes of what the guard compares, and of that with the format."""
    data = {key: value for key, value in plan.request.items() if key != "format"}
    basis = {
        "partner": plan.partner,
        "agreement": plan.agreement,
        "policy": plan.policy_sha256,
        "dataset": plan.dataset_sha256,
        "snapshot": snapshot,
        "request": data,
    }
    digest = context.keys.fingerprint
    return (
        digest(canonical_bytes(basis)),
        digest(canonical_bytes({**basis, "format": plan.format})),
    )


def stored_request(context: Context, extract: Extract) -> ExtractRequest:
    """Open the canonical request of an extract."""
    plain = context.keys.store_cipher().open(
        extract.sealed_request,
        f"extract:{extract.id}:request",
    )
    return parse_request(json.loads(plain))


def _view(extract: Extract) -> ExtractView:
    settled = extract.state == "settled"
    return ExtractView(
        id=extract.id,
        dataset=extract.dataset,
        state="running" if settled else extract.state,
        progress=extract.progress,
        reasons=tuple(Reason(r["rule"], r["params"]) for r in json.loads(extract.reasons)),
        release_id=release_id_of(extract.id) if extract.state == "ready" else None,
    )


def close(
    session: Session,
    extract: Extract,
    state: str,
    reasons: tuple[Reason, ...],
    now: str,
) -> None:
    """End an extract without bytes: refused, failed, expired or recalled.

    How far it came isn't shown any more: that would tell which stage found no safe form.
    """
    extract.state, extract.live, extract.updated_at = state, None, now
    extract.progress = 1.0
    extract.reasons = json.dumps([{"rule": r.rule, "params": dict(r.params)} for r in reasons])
    extract.sealed_outcome = None
    session.add(extract)
