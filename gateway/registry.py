"""The registry: what is declared, datasets, policies and partners, as it is now."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlmodel import Session, func, select

from gateway.budget_changes import subject_of
from gateway.store.engine import reading
from gateway.store.tables import BudgetPeriod, DatasetRow, PartnerRow, PolicyRow
from policies.documents import DatasetDocument, PartnerDocument, PolicyDocument
from policies.evaluation import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from sqlalchemy import Engine


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


@lru_cache(maxsize=256)
def stored_dataset(document: str) -> DatasetDocument:
    """Return the dataset that the store keeps as this text."""
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
            row = active_dataset(session, name)
            if row is None:
                return None
            declared = DeclaredDataset(row.sha256, stored_dataset(row.document))
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
            groups = {row.dataset: stored_dataset(row.document).budget_group for row in rows}
        return sorted(name for name in groups if groups[name] == group)

    def naming_people_alike(self, document: DatasetDocument) -> tuple[str, ...]:
        """Return the declared datasets whose people's identifiers are of one domain, sorted."""
        domain = document.person_domain
        if domain is None:
            return (document.dataset,)
        with self._reading() as session:
            rows = session.exec(select(DatasetRow).where(DatasetRow.active))
            domains = {row.dataset: stored_dataset(row.document).person_domain for row in rows}
        return tuple(sorted(name for name in domains if domains[name] == domain))

    def subjects(self) -> Mapping[str, tuple[DatasetDocument, ...]]:
        """Return the declared datasets by whose people they hold, both sorted by name."""
        with self._reading() as session:
            rows = session.exec(select(DatasetRow).where(DatasetRow.active))
            documents = [stored_dataset(row.document) for row in rows]
        found: dict[str, list[DatasetDocument]] = {}
        for document in sorted(documents, key=lambda one: one.dataset):
            found.setdefault(subject_of(document), []).append(document)
        return {subject: tuple(found[subject]) for subject in sorted(found)}

    def dataset_version(self, sha256: str) -> DeclaredDataset:
        """Return a declaration by its hash; every one is kept."""

        def read(session: Session) -> DeclaredDataset:
            return DeclaredDataset(
                sha256, stored_dataset(session.get_one(DatasetRow, sha256).document)
            )

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


def active_dataset(session: Session, name: str) -> DatasetRow | None:
    """Return the active declaration of a dataset; None where there is none."""
    return session.exec(
        select(DatasetRow).where(DatasetRow.dataset == name, DatasetRow.active),
    ).first()
