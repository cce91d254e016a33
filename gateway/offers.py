"""Offers: what a partner may ask of a dataset, under which agreement and policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import NotFoundError
from policies.aggregates.describe import describe_aggregate
from policies.agreements import asking_agreements, covered_datasets
from policies.describe import describe, describe_limits

if TYPE_CHECKING:
    from gateway.context import Context
    from policies.aggregates.describe import AggregateAnswer
    from policies.describe import ColumnAnswer
    from policies.documents import (
        AgreementDocument,
        DatasetDocument,
        PartnerDocument,
        PolicyDocument,
    )
    from policies.reasons import Reason


@dataclass(frozen=True)
class Offer:
    """What one agreement in force lets a partner ask for.

    Attributes:
        purposes: those that both agreement and policy name.
        limits: whose word decides which records may be in it.
        columns: of the dataset, each with what leaves and why.
        aggregate: what may be asked in numbers; None is nothing.
    """

    agreement: AgreementDocument
    policy: PolicyDocument
    purposes: tuple[str, ...]
    limits: tuple[Reason, ...]
    columns: tuple[ColumnAnswer, ...]
    aggregate: AggregateAnswer | None = None


@dataclass(frozen=True)
class DatasetView:
    """A dataset as one partner sees it.

    Attributes:
        offers: what it may ask. submits: agreements by which it may hand in records.
    """

    document: DatasetDocument
    offers: tuple[Offer, ...]
    submits: tuple[AgreementDocument, ...] = ()


def list_datasets(context: Context, partner: str) -> list[DatasetDocument]:
    """Return the declared datasets that an agreement of the partner in force covers."""
    declared = context.registry.partner(partner)
    if declared is None:
        return []
    today = context.clock.today(context.home.document.timezone)
    names = covered_datasets(declared.document, today)
    found = (context.registry.dataset(name) for name in names)
    return [dataset.document for dataset in found if dataset is not None]


def view_dataset(context: Context, partner: str, name: str) -> DatasetView:
    """Return one dataset with what the partner may ask of it.

    Raises:
        NotFoundError: there is none, or no agreement in force covers it.
    """
    declared = context.registry.partner(partner)
    today = context.clock.today(context.home.document.timezone)
    if declared is None or name not in covered_datasets(declared.document, today):
        raise NotFoundError
    dataset = context.registry.dataset(name)
    if dataset is None:
        raise NotFoundError
    document, policies = dataset.document, context.registry.policies_for(name)
    offers = [
        _offer(declared.document, agreement, policies[str(agreement.policy)].document, document)
        for agreement in asking_agreements(declared.document, name)
        if agreement.is_in_force(today) and str(agreement.policy) in policies
    ]
    submits = tuple(
        agreement
        for agreement in declared.document.agreements
        if agreement.submits and agreement.dataset == name and agreement.is_in_force(today)
    )
    return DatasetView(document, tuple(one for one in offers if one is not None), submits)


def _offer(
    partner: PartnerDocument,
    agreement: AgreementDocument,
    policy: PolicyDocument,
    dataset: DatasetDocument,
) -> Offer | None:
    purposes = tuple(purpose for purpose in agreement.purposes if purpose in policy.purposes)
    if partner.partner_class not in policy.classes or not purposes:
        return None
    columns, aggregate = describe(policy, dataset), describe_aggregate(policy, dataset)
    limits = describe_limits(policy, dataset)
    return Offer(agreement, policy, purposes, limits, columns, aggregate)
