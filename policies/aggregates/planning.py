"""From a permitted request for numbers to its plan, and to its one canonical form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from policies.aggregates.components import AggregatePlan
from policies.aggregates.grids import plain_number
from policies.aggregates.pricing import priced
from policies.requests import clause_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policies.aggregates.components import Key
    from policies.aggregates.pricing import Noise
    from policies.aggregates.requests import AggregateRequest
    from policies.aggregates.tables import Asked, Table
    from policies.aggregates.vectors import Vector
    from policies.documents import AgreementDocument, PartnerDocument
    from policies.planning import PolicyVersion


@dataclass(frozen=True)
class Matter:
    """A request that nothing speaks against, with everything that decides its plan."""

    request: AggregateRequest
    partner: PartnerDocument
    dataset_sha256: str
    agreement: AgreementDocument
    policy: PolicyVersion
    tables: tuple[Table, ...]

    @cached_property
    def vectors(self) -> tuple[Vector, ...]:
        """What all tables are computed from, each once, in the order of their first use."""
        needed = (
            vector
            for table in self.tables
            for asked in table.measures
            for level in table.vectors(asked)
            for vector in level
        )
        return tuple(dict.fromkeys(needed))

    @cached_property
    def shares(self) -> tuple[Vector, ...]:
        """What clipped shares need beside that, where they are asked for."""
        if not self.request.clipped_share:
            return ()
        pairs = (pair for table in self.tables for _, pair in table.shares())
        return tuple(dict.fromkeys(v for pair in pairs for v in pair if v not in self.vectors))


def make_plan(matter: Matter, noise: Sequence[Noise]) -> AggregatePlan:
    """Return the plan of a request whose vectors, and shares, have this noise."""
    vectors = (*matter.vectors, *matter.shares)
    offered, policy = matter.tables[0].offered, matter.policy.document
    aggregate, places = offered.aggregate, {v: n for n, v in enumerate(vectors)}
    return AggregatePlan(
        partner=matter.partner.partner,
        partner_class=matter.partner.partner_class,
        agreement=matter.agreement.agreement,
        agreement_ends=matter.agreement.ends.isoformat(),
        purpose=matter.request.purpose,
        dataset=offered.dataset.dataset,
        dataset_sha256=matter.dataset_sha256,
        policy=policy.policy,
        policy_sha256=matter.policy.sha256,
        queries=tuple(table.planned(places) for table in matter.tables),
        components=tuple(map(priced, vectors, noise)),
        max_records_per_person=aggregate.max_records_per_person,
        bounding=aggregate.bounding,
        non_negative=matter.request.non_negative,
        per=aggregate.budget.per,
        epsilon=aggregate.budget.epsilon,
        delta=aggregate.budget.delta,
        review=policy.review.aggregate,
        retention_days=policy.retention_days,
        request=canonical_aggregate_request(matter),
    )


def canonical_aggregate_request(matter: Matter) -> dict[str, Any]:
    """Return the one form of every request that asks for these tables at this price.

    Measures are sorted and each stands once; levels are written out; conditions are sorted.
    Keys and queries stay in the order of the answer.

    Returns:
        A JSON value that `parse_aggregate_request` reads; equal requests give equal values.
    """
    asked, (accuracy, amount) = matter.request, matter.request.accuracy
    tables = [_table(table) for table in matter.tables]
    return {
        "dataset": asked.dataset,
        "purpose": asked.purpose,
        **({"queries": tables} if asked.queries is not None else tables[0]),
        accuracy: plain_number(amount),
        "non_negative": asked.non_negative,
        "clipped_share": asked.clipped_share,
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        **({"name": table.name} if table.name else {}),
        "measures": [_measure(asked) for asked in table.measures],
        "group_by": [_key(key) for key in table.keys],
        "where": [clause_of(condition) for condition in table.where],
        "totals": table.totals,
    }


def _measure(asked: Asked) -> str | Mapping[str, Any]:
    if asked.column is None:
        return asked.kind
    if asked.key is not None:
        return {asked.kind: _key(asked.key)}
    if asked.quantile is not None:
        return {asked.kind: {"column": asked.column, "q": plain_number(asked.quantile)}}
    return {asked.kind: asked.column}


def _key(key: Key) -> dict[str, str]:
    return {"column": key.column, "level": key.level}
