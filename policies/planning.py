"""From a permitted request to the plan of its extract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anonymizers.models import Closeness, Recursive
from policies.ladders import finest_level
from policies.plans import (
    ColumnPlan,
    ConsentLevel,
    ExtractPlan,
    MinorsRule,
    PopulationRule,
    Protection,
    Redaction,
)
from policies.requests import ExtractRequest, canonical_request
from policies.where import filterable_columns, where_filters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.documents import (
        AgreementDocument,
        ColumnRule,
        DatasetDocument,
        ExtractDocument,
        PartnerDocument,
        PolicyDocument,
    )


@dataclass(frozen=True)
class PolicyVersion:
    """A policy and the hash that names this version of it."""

    sha256: str
    document: PolicyDocument


@dataclass(frozen=True)
class Matter:
    """A request with everything that decides it."""

    request: ExtractRequest
    partner: PartnerDocument
    dataset: DatasetDocument
    dataset_sha256: str
    agreement: AgreementDocument
    policy: PolicyVersion
    extract: ExtractDocument

    @property
    def released(self) -> dict[str, ColumnRule]:
        """What the policy releases, in the dataset's order."""
        return released_columns(self.extract, self.dataset)


def released_columns(extract: ExtractDocument, dataset: DatasetDocument) -> dict[str, ColumnRule]:
    """Return the rules of the columns that leave, in the dataset's order.

    Guarantee: a column that the policy doesn't name, or drops, is not among them.
    """
    named = ((name, extract.columns.get(name)) for name in dataset.columns)
    return {name: rule for name, rule in named if rule is not None and rule.drop is None}


def make_plan(matter: Matter) -> ExtractPlan:
    """Return the plan of a request that nothing speaks against."""
    policy, released = matter.policy.document, matter.released
    asked = matter.request.columns or tuple(released)
    columns = tuple(
        _column_plan(name, rule, matter.dataset) for name, rule in released.items() if name in asked
    )
    filterable = filterable_columns(released, matter.dataset)
    plan = ExtractPlan(
        partner=matter.partner.partner,
        partner_class=matter.partner.partner_class,
        agreement=matter.agreement.agreement,
        agreement_ends=matter.agreement.ends.isoformat(),
        purpose=matter.request.purpose,
        dataset=matter.dataset.dataset,
        dataset_sha256=matter.dataset_sha256,
        policy=policy.policy,
        policy_sha256=matter.policy.sha256,
        columns=columns,
        where=where_filters(matter.request.where, filterable),
        protection=_protection(matter.extract, columns),
        consent_needed=consent_for(column.action for column in columns),
        review=policy.review.extract,
        retention_days=policy.retention_days,
        format=matter.request.format,
        request={},
        fill=_filled(matter, columns),
    )
    return replace(plan, request=canonical_request(plan))


def fillable(extract: ExtractDocument, asked: Iterable[str]) -> tuple[str, ...]:
    """Return, of the columns asked for, those whose gaps the policy fills."""
    return tuple(name for name in asked if name in extract.fill)


def _filled(matter: Matter, columns: tuple[ColumnPlan, ...]) -> tuple[str, ...] | None:
    """Return the columns that are filled: all that may be, or the request's choice of them."""
    offered = fillable(matter.extract, (column.name for column in columns))
    wanted = matter.request.fill
    if not offered:
        return None
    return offered if wanted is None else tuple(name for name in offered if name in wanted)


def _column_plan(name: str, rule: ColumnRule, dataset: DatasetDocument) -> ColumnPlan:
    column = dataset.columns[name]
    if rule.pseudonymize is not None:
        epoch, tokens = rule.pseudonymize.epoch, rule.pseudonymize.tokens
        domain = str(column.domain)
        return ColumnPlan(name, "pseudonymize", domain=domain, epoch=epoch, tokens=tokens)
    if rule.redact is not None:
        redaction = Redaction(tuple(sorted(rule.redact.languages)), rule.redact.keep)
        return ColumnPlan(name, "redact", redaction=redaction)
    if rule.coarsen is None:
        change = None if rule.change is None else rule.change.planned(name, dataset)
        return ColumnPlan(name, rule.action, transform=change)
    return ColumnPlan(
        name,
        "coarsen",
        quasi_identifier=column.role == "quasi_identifier",
        floor=rule.coarsen.floor or finest_level(dataset, name),
        ceiling=rule.coarsen.ceiling,
        min_population=rule.coarsen.min_population,
    )


def _protection(extract: ExtractDocument, columns: tuple[ColumnPlan, ...]) -> Protection:
    protect, minors = extract.protect, extract.minors
    names = {column.name for column in columns}
    diverse = {name: rule for name, rule in protect.l.items() if name in names}
    return Protection(
        k=protect.k,
        l={name: rule.distinct for name, rule in diverse.items() if rule.distinct is not None},
        max_suppressed_share=protect.max_suppressed,
        levels_by=protect.levels_by,
        minors=MinorsRule(minors.column, minors.below, minors.k) if minors else None,
        max_records_per_person=extract.max_records_per_person,
        sequence=tuple(name for name in extract.sequence if name in names),
        recoding=protect.recoding,
        entropy={name: rule.entropy for name, rule in diverse.items() if rule.entropy is not None},
        recursive={
            name: Recursive(rule.recursive.c, rule.recursive.l)
            for name, rule in diverse.items()
            if rule.recursive is not None
        },
        t={
            name: Closeness(rule.at_most, rule.distance)
            for name, rule in protect.t.items()
            if name in names
        },
        k_map=PopulationRule(protect.k_map.k, protect.k_map.population) if protect.k_map else None,
    )


def consent_for(actions: Iterable[str]) -> ConsentLevel:
    """Return what records must allow to be in an extract whose columns are treated so."""
    personal = any(action in {"pseudonymize", "redact"} for action in actions)
    return "pseudonymized" if personal else "anonymized"
