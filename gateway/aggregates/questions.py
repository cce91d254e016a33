"""Questions: the components of a request at one snapshot, each under the name it is kept by."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gateway.aggregates.audience import Audience
from gateway.caps import PolicyLimits, caps_of
from policies.versions import canonical_bytes, canonical_document

if TYPE_CHECKING:
    from gateway.caps import Cap
    from gateway.context import Context
    from policies.aggregates.components import AggregatePlan, Component
    from policies.documents import DatasetDocument


@dataclass(frozen=True)
class Question:
    """A permitted request at the dataset's newest snapshot.

    Attributes:
        document: the dataset, as the plan was made from it.
        snapshot: that is asked.
        audience: who counts.
        names: of the plan's components, in their order: keyed hashes of everything that decides
            their values. Equal names are one answer, whoever asks and however it is spelt.
        own: of the whole request for this partner.
        caps: every cap that it is charged to.
    """

    plan: AggregatePlan
    document: DatasetDocument
    snapshot: int
    audience: Audience
    names: tuple[str, ...]
    own: str
    caps: tuple[Cap, ...]


def put(context: Context, plan: AggregatePlan) -> Question:
    """Put a permitted request to the dataset as it is now."""
    declared = context.registry.dataset_version(plan.dataset_sha256)
    snapshot = context.lake.dataset_snapshot(plan.dataset)
    audience = Audience.of(context, declared.document, plan.partner_class, plan.purpose)
    basis = {
        "dataset": plan.dataset,
        "snapshot": snapshot,
        "max_records": plan.max_records_per_person,
        "bounding": plan.bounding,
        "audience": audience.facts(declared.document),
    }
    names = tuple(_name(context, basis, part, declared.document) for part in plan.components)
    limits = PolicyLimits(plan.policy, plan.per, plan.epsilon, plan.delta)
    return Question(
        plan=plan,
        document=declared.document,
        snapshot=snapshot,
        audience=audience,
        names=names,
        own=_own(context, plan, snapshot, names),
        caps=caps_of(context, declared.document, plan.partner, limits, plan.purpose),
    )


def _name(
    context: Context, basis: dict[str, Any], part: Component, document: DatasetDocument
) -> str:
    """Name one component, with the declarations that its cells lean on."""
    columns = {
        name: canonical_document(document.columns[name].model_copy(update={"label": {}})).decode()
        for name in sorted(columns_of(part))
    }
    ladders = {
        name: canonical_document(ladder).decode()
        for name, ladder in document.ladders.items()
        if any(document.columns[column].ladder == name for column in columns)
    }
    told = {**basis, "component": plain(part), "columns": columns, "ladders": ladders}
    return context.keys.fingerprint(canonical_bytes(told))


def _own(context: Context, plan: AggregatePlan, snapshot: int, names: tuple[str, ...]) -> str:
    told = {
        "partner": plan.partner,
        "agreement": plan.agreement,
        "policy": plan.policy_sha256,
        "dataset": plan.dataset_sha256,
        "snapshot": snapshot,
        "request": dict(plan.request),
        "components": [*names],
    }
    return context.keys.fingerprint(canonical_bytes(told))


def columns_of(part: Component) -> set[str]:
    """Return the columns that a component reads."""
    named = {key.column for key in part.group_by} | {one.column for one in part.where}
    for one in (part.amounts, part.bins, part.codes):
        named |= set() if one is None else {one.column}
    return named | ({part.known} if part.known else set())


def plain(value: Any) -> Any:
    """Return a frozen value of the plan as JSON: its fields by name, fractions as text."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {"is": type(value).__name__, **named}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Fraction) else value
