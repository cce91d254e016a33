"""Releasing an answer: one transaction for the answer, its release, its entry and its leaf."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlmodel import select

from gateway.aggregates.contents import content_of
from gateway.aggregates.decisions import decide_aggregate
from gateway.aggregates.manifests import aggregate_manifest
from gateway.errors import RefusedError
from gateway.identifiers import new_id, release_id_of
from gateway.settled import days_of, enter_release
from gateway.store.engine import reading, writing
from gateway.store.tables import Aggregate, Release
from policies.aggregates.evaluation import AggregatePermit
from policies.reasons import Reason
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.drawing import Noisy
    from gateway.aggregates.questions import Question
    from gateway.context import Context
    from policies.aggregates.requests import AggregateRequest

SETTLED = "settled"


def find_own(context: Context, question: Question) -> tuple[Aggregate | None, bool]:
    """Return the answer that this partner got to this very question, and whether it can be read."""
    both = select(Aggregate, Release.published).join(Release, isouter=True)
    with reading(context.store) as session:
        found = session.exec(both.where(Aggregate.fingerprint == question.own)).first()
    return (None, False) if found is None else (found[0], bool(found[1]))


def _own(session: Session, question: Question) -> Aggregate | None:
    return session.exec(select(Aggregate).where(Aggregate.fingerprint == question.own)).first()


def release_answer(
    context: Context,
    request: AggregateRequest,
    question: Question,
    noisy: Sequence[Noisy],
    charges: Sequence[Charge],
) -> Aggregate:
    """Release the noisy values to their partner, unless it may not have them any more.

    **Guarantee.** Answer, release and entry commit together; asked twice at once, one of the two
    is released, and both give it.

    Raises:
        RefusedError: the permission ended between asking and answering.
    """
    aggregate_id = new_id("agg")
    release_id = release_id_of(aggregate_id)
    content = content_of(context, question, noisy, charges, release_id)
    with writing(context.store) as session:
        context.log.lock(session)
        already = _own(session, question)
        if already is not None:
            return already
        if not _still_permitted(context, request, question):
            reason = Reason("permission-ended", {"dataset": question.plan.dataset})
            partner = question.plan.partner
            context.log.append(
                session, "refusal", new_id("ref"), partner=partner, rules=[reason.rule]
            )
        else:
            row = _row(context, question, aggregate_id, content)
            session.add(row)
            session.flush()
            _add_release(context, session, question, charges, row, content)
            return row
    raise RefusedError((reason,))


def _still_permitted(context: Context, request: AggregateRequest, question: Question) -> bool:
    with context.registry.together() as registry:
        now = replace(context, registry=registry)
        decision = decide_aggregate(now, question.plan.partner, request)
    return isinstance(decision, AggregatePermit) and decision.plan == question.plan


def _row(context: Context, question: Question, aggregate_id: str, content: bytes) -> Aggregate:
    plan, cipher = question.plan, context.keys.store_cipher()
    return Aggregate(
        id=aggregate_id,
        partner=plan.partner,
        dataset=plan.dataset,
        agreement=plan.agreement,
        policy_sha256=plan.policy_sha256,
        dataset_sha256=plan.dataset_sha256,
        snapshot=question.snapshot,
        fingerprint=question.own,
        components=json.dumps(question.names),
        state=SETTLED,
        requested_at=context.clock.timestamp(),
        sealed_request=cipher.seal(
            canonical_bytes(plan.request), f"aggregate:{aggregate_id}:request"
        ),
        sealed_content=cipher.seal(content, f"aggregate:{aggregate_id}:content"),
    )


def _add_release(  # noqa: PLR0913, PLR0917 - a release is where everything about an answer meets
    context: Context,
    session: Session,
    question: Question,
    charges: Sequence[Charge],
    row: Aggregate,
    content: bytes,
) -> None:
    release_id, plan = release_id_of(row.id), question.plan
    days = days_of(context, plan)
    manifest = aggregate_manifest(
        *(context, question, charges),
        release_id=release_id,
        content=content,
        delete_by=days.delete_by,
    )
    entered = enter_release(context, session, release_id, manifest)
    session.add(
        Release(
            id=release_id,
            aggregate_id=row.id,
            partner=plan.partner,
            dataset=plan.dataset,
            entry_index=entered.index,
            settled_at=entered.time,
            delete_by=days.delete_by,
            download_until=days.download_until,
            checked_basis="",
            sealed_manifest=entered.sealed_manifest,
        ),
    )


def publish_answer(context: Context, aggregate_id: str) -> None:
    """Sign a checkpoint that covers the release, then let its bytes be read."""
    release_id = release_id_of(aggregate_id)
    context.log.sign()
    with writing(context.store) as session:
        release = session.get_one(Release, release_id)
        release.published = True
        session.add(release)


def content_bytes(context: Context, row: Aggregate) -> bytes:
    """Open the content of a released answer."""
    return context.keys.store_cipher().open(
        row.sealed_content or b"", f"aggregate:{row.id}:content"
    )
