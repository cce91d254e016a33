"""The oracle's own decision: may this partner ask for this today, and what does it then get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.properties.history.declarations import (
    OFFERED,
    PURPOSES,
    Agreement,
    Clause,
    Dataset,
    Policy,
    Request,
)
from tests.properties.history.forms import LADDERS, form, forms_on, is_declared

if TYPE_CHECKING:
    from tests.properties.history.world import Record, World

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
STRANGER, REFUSED = "stranger", "refused"


@dataclass(frozen=True)
class Permitted:
    """What a permitted request is about; two equal ones are one and the same request."""

    partner: str
    agreement: Agreement
    purpose: str
    columns: tuple[str, ...]
    where: frozenset[Clause]
    policy: Policy
    dataset: Dataset

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two requests the same one; an agreement is known by its name."""
        named = (self.partner, self.agreement.name, self.purpose, self.columns, self.where)
        return (*named, self.policy, self.dataset)

    @property
    def needed(self) -> str:
        return "pseudonymized" if "person_id" in self.columns else "anonymized"

    @property
    def protected(self) -> dict[str, tuple[str, str]]:
        """Floor and ceiling of each quasi-identifier among the columns."""
        levels = zip(OFFERED, self.policy.floors, self.policy.ceilings, strict=True)
        return {name: (floor, top) for name, floor, top in levels if name in self.columns}

    @property
    def distinct(self) -> int:
        """How many known values of `harm` each class needs."""
        return self.policy.l if "harm" in self.columns else 0

    def rules(self, policy: Policy, dataset: Dataset) -> tuple[object, ...]:
        """What of a policy and a declaration decides the bytes of this request."""
        columns, asked = self.columns, {*self.columns, *(clause.column for clause in self.where)}
        models = (policy.k, policy.minors_k, policy.share, policy.levels_by, policy.review)
        days = (dataset.first_day, dataset.last_day)
        return (
            *models,
            replace(self, policy=policy).protected,
            dataset.oldest,  # of the age: who is a minor hangs on it
            (policy.tokens if "person_id" in columns else None),
            (policy.l, dataset.codes) if "harm" in columns else None,
            days if "seen_on" in asked else None,
        )

    def is_ruled_otherwise(self, world: World) -> bool:
        """Whether it would be made by other rules now."""
        then, now = (self.policy, self.dataset), (world.policy, world.dataset)
        return self.rules(*then) != self.rules(*now)

    def may_be_ruled_otherwise(self, world: World) -> bool:
        """Whether columns that only its conditions name have other floors now."""
        return bool(self.where) and self.policy.floors != world.policy.floors


def decide(world: World, partner: str, request: Request, today: date) -> Permitted | str:
    """Permit a request, or say how it must be answered."""
    known = world.partners.get(partner)
    if known is None:
        return STRANGER
    if partner in world.suspended:
        return REFUSED
    if not known.agreements:
        return STRANGER
    agreed = [a for a in known.agreements if request.purpose in a.purposes and a.in_force(today)]
    policy = world.policy
    asked = request.columns or frozenset(policy.released)
    allowed = (
        agreed
        and is_safe(world.dataset, policy)
        and known.kind in ("ngo", "government")
        and request.purpose in PURPOSES
        and request.format in FORMATS
        and asked <= set(policy.released)
        and all(_is_allowed(world.dataset, policy, clause) for clause in request.where)
    )
    if not allowed:
        return REFUSED
    return Permitted(
        partner=partner,
        agreement=max(agreed, key=lambda a: a.ends),
        purpose=request.purpose,
        columns=tuple(name for name in policy.released if name in asked),
        where=request.where,
        policy=policy,
        dataset=world.dataset,
    )


def is_safe(dataset: Dataset, policy: Policy) -> bool:
    """Whether the policy can hold what it promises on this dataset."""
    return policy.l <= len(dataset.codes)


def _floor(policy: Policy, column: str) -> str:
    return dict(zip(OFFERED, policy.floors, strict=True)).get(column, "exact")


def _open_levels(policy: Policy, column: str) -> tuple[str, ...]:
    levels = LADDERS[column]
    return levels[levels.index(_floor(policy, column)) : -1]


def _is_allowed(dataset: Dataset, policy: Policy, clause: Clause) -> bool:
    """A condition speaks of what may leave: of floor forms or coarser, on the edges of bands."""
    if clause.column not in OFFERED:
        return False
    if clause.forms:
        open_levels = _open_levels(policy, clause.column)
        offered = frozenset().union(*(forms_on(dataset, clause.column, o) for o in open_levels))
        return clause.forms <= offered
    if clause.column not in ("seen_on", "age"):
        return False
    first, last = edges(clause)
    inside = all(is_declared(dataset, clause.column, e) for e in (first, last) if e is not None)
    on_edges = _is_edge(dataset, policy, clause.column, first, -1) and _is_edge(
        dataset, policy, clause.column, last, 1
    )
    return inside and on_edges and (first is None or last is None or first <= last)


def _is_edge(dataset: Dataset, policy: Policy, column: str, edge: Any, step: int) -> bool:
    """Whether the next value outwards looks different on the floor, or isn't declared."""
    if edge is None:
        return True
    outside = edge + timedelta(days=step) if column == "seen_on" else edge + step
    floor = _floor(policy, column)
    return form(dataset, column, outside, floor) != form(dataset, column, edge, floor)


def edges(clause: Clause) -> tuple[Any, Any]:
    """The exact values of a range; None is open."""
    read: Any = date.fromisoformat if clause.column == "seen_on" else int
    return tuple(read(text) if text else None for text in (clause.first, clause.last))


def passes(permitted: Permitted, record: Record) -> bool:
    """Whether a record is what the request asks for."""
    return all(_meets(permitted, clause, record) for clause in permitted.where)


def _meets(permitted: Permitted, clause: Clause, record: Record) -> bool:
    value, dataset = getattr(record, clause.column), permitted.dataset
    if value is None:
        return False
    if clause.forms:
        levels = _open_levels(permitted.policy, clause.column)
        return any(form(dataset, clause.column, value, o) in clause.forms for o in levels)
    first, last = edges(clause)
    after = first is None or value >= first
    return is_declared(dataset, clause.column, value) and after and (last is None or value <= last)
