"""Declarations: datasets, policies and partners are taken, changed, suspended; each is an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from gateway.budget_changes import check_nothing_refills
from gateway.errors import ConflictError, NotFoundError
from gateway.registry import active_dataset, stored_dataset
from gateway.store.engine import writing
from gateway.store.tables import DatasetRow, PartnerRow, PolicyRow, Submission
from policies.versions import canonical_document, document_sha256

if TYPE_CHECKING:
    from gateway.context import Context
    from policies.documents import DatasetDocument, PartnerDocument, PolicyDocument


@dataclass(frozen=True)
class Change:
    """What a declaration did: `added`, `changed` or `unchanged`."""

    name: str
    sha256: str
    outcome: str


def _has_data(session: Session, dataset: str) -> bool:
    return (
        session.exec(
            select(Submission.id).where(
                Submission.dataset == dataset,
                col(Submission.state).in_(("received", "checked", "accepted")),
                col(Submission.dry_run).is_(False),
            ),
        ).first()
        is not None
    )


def _what_is_stored(document: DatasetDocument) -> tuple[object, ...]:
    """What stored records depend on, their roots and values: changing it needs a new load."""
    columns = {
        name: (
            column.type,
            column.role,
            column.domain,
            column.normalize,
            column.region,
            column.scale,
            column.timezone,
        )
        for name, column in document.columns.items()
    }
    return columns, document.privacy_unit, document.record_key


def declare_dataset(context: Context, document: DatasetDocument) -> Change:
    """Declare a dataset, or change its declaration while what is stored stays as it is.

    Raises:
        ConflictError: the dataset holds data that would have been stored otherwise, or its budget
            was spent from and would begin anew.
    """
    sha, now = document_sha256(document), context.clock.timestamp()
    with writing(context.store) as session:
        context.log.lock(session)
        active = active_dataset(session, document.dataset)
        if active is not None and active.sha256 == sha:
            return Change(document.dataset, sha, "unchanged")
        if active is not None:
            stored = _what_is_stored(stored_dataset(active.document))
            if stored != _what_is_stored(document) and _has_data(session, document.dataset):
                raise ConflictError(
                    f"dataset {document.dataset} holds data, and this declaration changes its "
                    "columns, its record key or its privacy unit; declare it under a new name "
                    "and load it there",
                )
            check_nothing_refills(session, stored_dataset(active.document), document)
            active.active = False
            session.add(active)
            session.flush()
        known = session.get(DatasetRow, sha)
        row = known or DatasetRow(
            sha256=sha,
            dataset=document.dataset,
            document=canonical_document(document).decode(),
            declared_at=now,
        )
        row.active, row.declared_at = True, now
        session.add(row)
        context.log.append(session, "dataset", document.dataset, dataset_sha256=sha)
    return Change(document.dataset, sha, "added" if active is None else "changed")


def apply_policy(context: Context, document: PolicyDocument) -> Change:
    """Make this version of a policy the active one; the version before it is retired."""
    with writing(context.store) as session:
        context.log.lock(session)
        active = active_policy(session, document.policy)
        row = policy_row(context, session, document)
        if active is not None and active.sha256 == row.sha256:
            return Change(document.policy, row.sha256, "unchanged")
        activate_policy(context, session, row)
    return Change(document.policy, row.sha256, "added" if active is None else "changed")


def active_policy(session: Session, policy: str) -> PolicyRow | None:
    """Return the active version of a policy; None where there is none."""
    return session.exec(
        select(PolicyRow).where(PolicyRow.policy == policy, PolicyRow.state == "active"),
    ).first()


def policy_row(context: Context, session: Session, document: PolicyDocument) -> PolicyRow:
    """Return the row of a version: the one that the store has, or a new draft."""
    sha = document_sha256(document)
    return session.get(PolicyRow, sha) or PolicyRow(
        sha256=sha,
        policy=document.policy,
        dataset=document.dataset,
        document=canonical_document(document).decode(),
        state="draft",
        declared_at=context.clock.timestamp(),
    )


def activate_policy(context: Context, session: Session, row: PolicyRow) -> None:
    """Make a version the active one within the caller's transaction, with its entry."""
    active = active_policy(session, row.policy)
    if active is not None:
        active.state = "retired"
        session.add(active)
        session.flush()
    row.state, row.declared_at = "active", context.clock.timestamp()
    session.add(row)
    context.log.append(
        session,
        "policy",
        row.policy,
        policy_sha256=row.sha256,
        dataset=row.dataset,
        state="active",
    )


def add_partner(context: Context, document: PartnerDocument) -> Change:
    """Add a partner, or replace its keys and agreements."""
    sha, now = document_sha256(document), context.clock.timestamp()
    with writing(context.store) as session:
        context.log.lock(session)
        row = session.get(PartnerRow, document.partner)
        if row is not None and row.sha256 == sha:
            return Change(document.partner, sha, "unchanged")
        outcome = "added" if row is None else "changed"
        text = canonical_document(document).decode()
        if row is None:
            row = PartnerRow(partner=document.partner, sha256=sha, document=text, declared_at=now)
        row.sha256, row.document, row.declared_at = sha, text, now
        session.add(row)
        context.log.append(session, "partner", document.partner, state=outcome, document_sha256=sha)
        for agreement in document.agreements:
            context.log.append(
                session,
                "agreement",
                agreement.agreement,
                partner=document.partner,
                dataset=agreement.dataset,
                starts=agreement.starts.isoformat(),
                ends=agreement.ends.isoformat(),
            )
    return Change(document.partner, sha, outcome)


def suspend_partner(context: Context, partner: str) -> Change:
    """Stop a partner at its next request.

    Raises:
        NotFoundError: no such partner.
    """
    return _set_suspended(context, partner, "suspended")


def resume_partner(context: Context, partner: str) -> Change:
    """Let a suspended partner ask again.

    Raises:
        NotFoundError: no such partner.
    """
    return _set_suspended(context, partner, "active")


def _set_suspended(context: Context, partner: str, state: str) -> Change:
    with writing(context.store) as session:
        context.log.lock(session)
        row = session.get(PartnerRow, partner)
        if row is None:
            raise NotFoundError(f"no partner {partner!r}; see `weir partner list`")
        if row.suspended == (state == "suspended"):
            return Change(partner, row.sha256, "unchanged")
        row.suspended = state == "suspended"
        session.add(row)
        context.log.append(session, "partner", partner, state=state, document_sha256=row.sha256)
        return Change(partner, row.sha256, "changed")
