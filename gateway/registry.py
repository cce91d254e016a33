"""What the operator declared: datasets, policies, partners; each change is an entry."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlmodel import Session, col, func, select

from gateway.budget_changes import check_nothing_refills, subject_of
from gateway.errors import ConflictError, NotFoundError
from gateway.store.engine import reading, writing
from gateway.store.tables import BudgetPeriod, DatasetRow, PartnerRow, PolicyRow, Submission
from policies.documents import DatasetDocument, PartnerDocument, PolicyDocument
from policies.evaluation import PolicyVersion
from policies.versions import canonical_document, document_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from sqlalchemy import Engine

    from gateway.context import Context

Found = TypeVar("Found")


@dataclass(frozen=True)
class DeclaredDataset:
    """The active declaration of a dataset."""

    sha256: str
    document: DatasetDocument


@dataclass(frozen=True)
class DeclaredPartner:
    """A partner as declared, and whether it may ask at all."""

    document: PartnerDocument
    suspended: bool


@dataclass(frozen=True)
class Change:
    """What a declaration did: `added`, `changed` or `unchanged`."""

    name: str
    sha256: str
    outcome: str


@lru_cache(maxsize=256)
def _dataset(document: str) -> DatasetDocument:
    return DatasetDocument.model_validate_json(document)


@lru_cache(maxsize=256)
def _policy(document: str) -> PolicyDocument:
    return PolicyDocument.model_validate_json(document)


@lru_cache(maxsize=256)
def _partner(document: str) -> PartnerDocument:
    return PartnerDocument.model_validate_json(document)


class Registry:
    """Read access to what is declared; every read sees the store as it is now."""

    def __init__(self, store: Engine, session: Session | None = None) -> None:
        """Read from this store, all in one session where one is given, and everything once."""
        self._store, self._session = store, session
        self._found: dict[Hashable, Any] = {}

    @contextmanager
    def together(self) -> Iterator[Registry]:
        """Read everything in the block as it is at one moment, in one thread, and once."""
        with reading(self._store) as session:
            yield Registry(self._store, session)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        if self._session is not None:
            yield self._session
            return
        with reading(self._store) as session:
            yield session

    def _once(self, what: Hashable, read: Callable[[Session], Found]) -> Found:
        """Return what is read under that name: anew each time, but once within one session."""
        if self._session is None:
            with reading(self._store) as session:
                return read(session)
        if what not in self._found:
            self._found[what] = read(self._session)
        return cast("Found", self._found[what])

    def dataset(self, name: str) -> DeclaredDataset | None:
        """Return the active declaration of a dataset."""

        def read(session: Session) -> DeclaredDataset | None:
            row = _active_dataset(session, name)
            if row is None:
                return None
            declared = DeclaredDataset(row.sha256, _dataset(row.document))
            if self._session is not None:
                self._found["version", row.sha256] = declared
            return declared

        return self._once(("dataset", name), read)

    def datasets(self) -> list[str]:
        """Return the names of all declared datasets, sorted."""
        with self._reading() as session:
            names = session.exec(select(DatasetRow.dataset).where(DatasetRow.active))
            return sorted(names)

    def sharing_people(self, dataset: str) -> list[str]:
        """Return the declared datasets of one budget group; one without a group is alone."""
        declared = self.dataset(dataset)
        group = None if declared is None else declared.document.budget_group
        if group is None:
            return [dataset]
        with self._reading() as session:
            rows = session.exec(select(DatasetRow).where(DatasetRow.active))
            groups = {row.dataset: _dataset(row.document).budget_group for row in rows}
        return sorted(name for name in groups if groups[name] == group)

    def naming_people_alike(self, document: DatasetDocument) -> tuple[str, ...]:
        """Return the declared datasets whose people's identifiers are of one domain, sorted."""
        domain = document.person_domain
        if domain is None:
            return (document.dataset,)
        with self._reading() as session:
            rows = session.exec(select(DatasetRow).where(DatasetRow.active))
            return tuple(
                sorted(
                    row.dataset for row in rows if _dataset(row.document).person_domain == domain
                )
            )

    def subjects(self) -> Mapping[str, tuple[DatasetDocument, ...]]:
        """Return the declared datasets by whose people they hold, both sorted by name."""
        with self._reading() as session:
            rows = session.exec(select(DatasetRow).where(DatasetRow.active))
            documents = [_dataset(row.document) for row in rows]
        found: dict[str, list[DatasetDocument]] = {}
        for document in sorted(documents, key=lambda one: one.dataset):
            found.setdefault(subject_of(document), []).append(document)
        return {subject: tuple(found[subject]) for subject in sorted(found)}

    def dataset_version(self, sha256: str) -> DeclaredDataset:
        """Return a declaration by its hash; every one is kept."""

        def read(session: Session) -> DeclaredDataset:
            return DeclaredDataset(sha256, _dataset(session.get_one(DatasetRow, sha256).document))

        return self._once(("version", sha256), read)

    def policy_version(self, sha256: str) -> PolicyVersion:
        """Return a version of a policy by its hash; every one is kept."""
        with self._reading() as session:
            return PolicyVersion(sha256, _policy(session.get_one(PolicyRow, sha256).document))

    def policies_for(self, dataset: str) -> Mapping[str, PolicyVersion]:
        """Return the active policies of a dataset by name."""
        with self._reading() as session:
            rows = session.exec(
                select(PolicyRow).where(PolicyRow.dataset == dataset, PolicyRow.state == "active"),
            )
            return {row.policy: PolicyVersion(row.sha256, _policy(row.document)) for row in rows}

    def partner(self, name: str) -> DeclaredPartner | None:
        """Return a partner, suspended or not."""

        def read(session: Session) -> DeclaredPartner | None:
            row = session.get(PartnerRow, name)
            return None if row is None else _declared(row)

        return self._once(("partner", name), read)

    def partners(self) -> list[DeclaredPartner]:
        """Return all partners by name."""

        def read(session: Session) -> tuple[DeclaredPartner, ...]:
            rows = session.exec(select(PartnerRow).order_by(PartnerRow.partner))
            return tuple(map(_declared, rows))

        return [*self._once("partners", read)]

    def further_periods(self, subject: str) -> int:
        """Return how many periods of a budget were opened after the first."""

        def read(session: Session) -> int:
            opened = select(func.count()).select_from(BudgetPeriod)
            return session.exec(opened.where(BudgetPeriod.subject == subject)).one()

        return self._once(("periods", subject), read)


def _declared(row: PartnerRow) -> DeclaredPartner:
    return DeclaredPartner(_partner(row.document), row.suspended)


def _active_dataset(session: Session, name: str) -> DatasetRow | None:
    return session.exec(
        select(DatasetRow).where(DatasetRow.dataset == name, DatasetRow.active),
    ).first()


def _has_data(session: Session, dataset: str) -> bool:
    return (
        session.exec(
            select(Submission.id).where(
                Submission.dataset == dataset,
                col(Submission.state).in_(("received", "accepted")),
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
        active = _active_dataset(session, document.dataset)
        if active is not None and active.sha256 == sha:
            return Change(document.dataset, sha, "unchanged")
        if active is not None:
            stored = _what_is_stored(_dataset(active.document))
            if stored != _what_is_stored(document) and _has_data(session, document.dataset):
                raise ConflictError(
                    f"dataset {document.dataset} holds data, and this declaration changes its "
                    "columns, its record key or its privacy unit; declare it under a new name "
                    "and load it there",
                )
            check_nothing_refills(session, _dataset(active.document), document)
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
