"""Uses: what a contributor is told of what became of the records that it gave.

Which kinds of products were made of the dataset since, for which class of partner and purpose,
month by month; and how many of its own records could be in each.

Argument:
    A contributor must not learn that another one knows the same person, or what that one says of
    it. Who of its people really was in a file depends on what others said (anybody's `none` keeps
    a person out), on how many others look the same, on links, on who was left out by l. So nothing
    of a file is counted: the number is a function of the contributor's own records, its own
    statements, labels and agreements, and of the public plan of the product. It is what "up to"
    means: no fewer of its records could have been in it than were. A number below the product's k
    isn't shown, so that it can't follow a single record of its own through products.

    That something was made at all, for a class and a purpose, in a month, is told: it says who may
    see its records, which is its to know. Partners' names, days and counts of products aren't.

Does not protect:
    Where a class has one partner, the class names it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from gateway.contributors import given_terms
from gateway.errors import LakeError, NotFoundError
from gateway.lake.consent import PERMITTED, Product, judge
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.stages import given_by
from gateway.releases import open_manifest
from gateway.store.engine import reading
from gateway.store.tables import Aggregate, Extract, Release
from policies.consent import Recipient, consent_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.context import Context
    from gateway.lake.consent import Terms
    from policies.documents import DatasetDocument

Kind = Literal["extract", "aggregate"]
LEAST_OF_AGGREGATES: Final = 11
"""Below it no count of own records in numbers is shown: the k of the field's practice."""


@dataclass(frozen=True, order=True)
class Made:
    """A kind of product of one month.

    Attributes:
        month: `2026-07`. kind: `extract` or `aggregate`.
        partner_class, purpose: for whom and what.
        needed: the consent that records need for it.
        k: people in every class of an extract; None for aggregates, which are noised instead.
    """

    month: str
    kind: Kind
    partner_class: str
    purpose: str
    needed: str
    k: int | None

    @property
    def least_shown(self) -> int:
        """Own records below this aren't counted out."""
        return LEAST_OF_AGGREGATES if self.k is None else self.k


@dataclass(frozen=True)
class Use:
    """How many of a contributor's records could be in a kind of product.

    Attributes:
        records: up to how many; None where they are fewer than `made.least_shown`.
    """

    made: Made
    records: int | None


@dataclass(frozen=True)
class _Latest:
    """The last product of its kind: on which snapshot, on which day."""

    snapshot: int
    day: date


def view_uses(context: Context, contributor: str, dataset: str) -> list[Use]:
    """Return what was made of a dataset that this contributor gives to, newest month first.

    Raises:
        NotFoundError: no agreement lets it submit there, or ever did.
    """
    declared, partner = context.registry.dataset(dataset), context.registry.partner(contributor)
    agreements = () if partner is None else partner.document.agreements
    gives = any(one.submits and one.dataset == dataset for one in agreements)
    if declared is None or not gives:
        raise NotFoundError
    latest = dict(_made_of(context, dataset))
    terms = given_terms(context, declared.document)
    asked = _Asked(context, contributor, declared.document, terms)
    return [Use(made, asked.shown(made, latest[made])) for made in sorted(latest, reverse=True)]


def _made_of(context: Context, dataset: str) -> Iterator[tuple[Made, _Latest]]:
    """Yield what was made, in the log's order: of one kind the last one counts."""
    with reading(context.store) as session:
        query = (
            select(Release, Extract, Aggregate)
            .outerjoin(Extract, col(Extract.id) == col(Release.extract_id))
            .outerjoin(Aggregate, col(Aggregate.id) == col(Release.aggregate_id))
            .where(Release.dataset == dataset, col(Release.published))
            .order_by(col(Release.entry_index))
        )
        rows = session.exec(query).all()
    for release, extract, aggregate in rows:
        source = extract or aggregate
        partner = context.registry.partner(release.partner)
        if source is not None and partner is not None:
            manifest = json.loads(open_manifest(context, release))
            made = _made(context, release, manifest, partner.document.partner_class)
            yield made, _Latest(source.snapshot, _day(context, release.settled_at))


def _day(context: Context, moment: str) -> date:
    zone = ZoneInfo(context.home.document.timezone)
    return datetime.fromisoformat(moment).astimezone(zone).date()


def _made(context: Context, release: Release, manifest: dict[str, Any], partner_class: str) -> Made:
    policy = context.registry.policy_version(manifest["policy_sha256"]).document
    records = release.extract_id is not None and policy.extract is not None
    return Made(
        month=release.settled_at[:7],
        kind="extract" if records else "aggregate",
        partner_class=partner_class,
        purpose=manifest["purpose"],
        needed=manifest["consent"]["needed"],
        k=policy.extract.protect.k if records and policy.extract is not None else None,
    )


@dataclass(frozen=True)
class _Asked:
    """A contributor's question about its own records."""

    context: Context
    contributor: str
    document: DatasetDocument
    terms: Terms

    def shown(self, made: Made, latest: _Latest) -> int | None:
        count = self._count(made, latest)
        return count if count >= made.least_shown else None

    def _count(self, made: Made, latest: _Latest) -> int:
        """Count its records that its own word let into such a product, at that product's time."""
        lake, giver = self.context.lake, self.contributor
        recipient = Recipient(made.partner_class, made.purpose, latest.day)
        product = Product(consent_level(made.needed), recipient)
        snapshot = self._readable(latest.snapshot)
        with lake.engine() as backend:
            records = read_snapshot(backend, lake, self.document, snapshot)
            said = read_statements(backend, lake, self.document, snapshot)
            own = records.filter(given_by(records, giver))
            own = own.mutate(weir_person=own.weir_identity)  # whoever others link it to
            own_said = said.filter(said.contributor == giver)
            own_said = own_said.mutate(weir_person=own_said.weir_identity)
            judged = judge(backend, own, own_said, self.document, self.terms, product)
            permitted = judged.filter(judged.weir_rule == PERMITTED).count()
            return int(backend.to_pyarrow(permitted).as_py())

    def _readable(self, snapshot: int) -> int:
        """Return the product's snapshot, or the newest where erasing has ended the old one."""
        lake, dataset = self.context.lake, self.document.dataset
        try:
            lake.version_of(dataset, snapshot)
        except LakeError:
            return lake.dataset_snapshot(dataset)
        return snapshot
