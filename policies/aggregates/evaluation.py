"""Evaluation of a request for numbers: a permit with its plan, or every reason against it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from anonymizers.noise.mechanisms import NoiseTooWideError
from policies.aggregates.grids import GRIDS
from policies.aggregates.keys import MOST_KEYS, cell_count, key_count
from policies.aggregates.offered import Offered
from policies.aggregates.planning import Matter, make_plan
from policies.aggregates.pricing import Limits, noise_of, share_evenly
from policies.aggregates.tables import resolved
from policies.agreeing import find_ground
from policies.lint import lint, lint_dataset
from policies.plans import Refuse
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from policies.aggregates.components import AggregatePlan
    from policies.aggregates.pricing import Noise, RhoWithin
    from policies.aggregates.requests import AggregateRequest, AskedQuery
    from policies.documents import DatasetDocument, PartnerDocument, PolicyDocument
    from policies.planning import PolicyVersion

MOST_CELLS = 1_000_000
MEASURED_IN_WIDTHS = ("count_people", "count_records", "sum", "histogram")
PRIVATE_MEASURES = ("count_people",)
CLIPPED_SHARE = Fraction(1, 10)
"""Of a price: what is spent on how much bounds leave out."""


@dataclass(frozen=True)
class AggregatePermit:
    """A request for numbers may be answered, as the plan says."""

    plan: AggregatePlan


def evaluate_aggregate(  # noqa: PLR0913 - one keyword for each thing that decides
    request: AggregateRequest,
    *,
    partner: PartnerDocument,
    dataset: DatasetDocument,
    dataset_sha: str,
    policies: Mapping[str, PolicyVersion],
    today: date,
    suspended: bool,
    rho_within: RhoWithin,
) -> AggregatePermit | Refuse:
    """Decide a request for numbers from declarations alone, before any data is touched.

    Guarantee: what no agreement in force, no policy and no rule of that policy allows is
    refused, with every reason at once; mechanism, noise, price, keys and bounds follow from the
    request and the declarations. What is left of a budget is the ledger's to say.

    Args:
        request: as parsed.
        partner: who asks; any class may, a financial institution too.
        dataset: the active declaration of the dataset.
        dataset_sha: its version.
        policies: the active policies of the dataset by name.
        today: plain date in the home's zone.
        suspended: whether the operator has stopped the partner.
        rho_within: the most zCDP that an epsilon and a delta allow.
    """
    ground = find_ground(
        *(request.dataset, request.purpose),
        partner=partner,
        dataset=dataset,
        policies=policies,
        today=today,
        suspended=suspended,
    )
    if isinstance(ground, Refuse):
        return ground
    policy = ground.policy.document
    if policy.aggregate is None:
        missing = Reason("no-aggregate-in-policy", {"policy": policy.policy})
        return Refuse((*ground.reasons, missing))
    if any(found.errors for found in (lint_dataset(dataset), lint(policy, dataset))):
        # Applied policies passed the lint; a dataset declared anew may have changed that.
        unsafe = Reason("policy-unsafe", {"policy": policy.policy})
        return Refuse((*ground.reasons, unsafe))
    offered = Offered(policy.aggregate, dataset)
    reasons = (*ground.reasons, *_price_reasons(request, policy), *_asked_reasons(request, offered))
    if reasons:
        return Refuse(reasons)
    tables = tuple(
        resolved(offered, name, query)
        for name, query in zip(request.names, request.tables, strict=True)
    )
    matter = Matter(request, partner, dataset_sha, ground.agreement, ground.policy, tables)
    return _priced(matter, Limits.of(policy.aggregate.budget, rho_within))


def _priced(matter: Matter, limits: Limits) -> AggregatePermit | Refuse:
    """Return the plan, or why it is too large to be answered, or too cheap to say anything."""
    reasons = (*_size_reasons(matter),)
    if reasons:
        return Refuse(reasons)
    try:
        noise = _noise(matter, limits)
    except NoiseTooWideError:
        return Refuse((Reason("noise-too-wide", {}),))
    dearest = next((one for one in noise if not limits.allow(one)), None)
    if dearest is not None:
        params = {"price": dearest.price, "epsilon": f"{float(limits.epsilon):g}"}
        return Refuse((Reason("price-above-budget", params),))
    return AggregatePermit(make_plan(matter, noise))


def _noise(matter: Matter, limits: Limits) -> list[Noise]:
    """Return the noise of all vectors; clipped shares get a tenth of the price."""
    accuracy, amount = matter.request.accuracy
    if not matter.shares:
        return noise_of(matter.vectors, accuracy, amount, limits)
    if accuracy == "half_width":
        least = GRIDS["epsilon"].least
        shares = share_evenly(matter.shares, "epsilon", least * len(matter.shares))
        return [*noise_of(matter.vectors, accuracy, amount, limits), *shares]
    shares = share_evenly(matter.shares, accuracy, amount * CLIPPED_SHARE)
    rest = noise_of(matter.vectors, accuracy, amount * (1 - CLIPPED_SHARE), limits)
    return [*rest, *shares]


def _price_reasons(request: AggregateRequest, policy: PolicyDocument) -> Iterator[Reason]:
    assert policy.aggregate is not None  # noqa: S101 - looked at before
    if request.rho is not None and not policy.aggregate.budget.offers_rho:
        yield Reason("rho-not-offered", {"path": "rho", "policy": policy.policy})


def _asked_reasons(request: AggregateRequest, offered: Offered) -> Iterator[Reason]:
    batch = request.queries is not None
    for number, query in enumerate(request.tables):
        path = f"queries[{number}]." if batch else ""
        yield from _query_reasons(path, query, offered)
        if request.half_width is not None:
            yield from _width_reasons(path, query)


def _query_reasons(path: str, query: AskedQuery, offered: Offered) -> Iterator[Reason]:
    private = any(at.column in offered.deltas for at in query.group_by)
    grouped = {at.column for at in query.group_by}
    for number, measure in enumerate(query.measures):
        place = f"{path}measures[{number}]"
        yield from offered.measure_reasons(place, measure)
        if private and measure.kind not in PRIVATE_MEASURES:
            params = {"path": place, "allowed": ", ".join(PRIVATE_MEASURES)}
            yield Reason("measure-not-for-private-keys", params)
        if measure.histogram is not None and measure.column in grouped:
            yield Reason("histogram-of-key", {"path": place, "column": measure.histogram.column})
    for number, at in enumerate(query.group_by):
        yield from offered.key_reasons(f"{path}group_by[{number}]", at)
    yield from offered.where_reasons(query.where)


def _width_reasons(path: str, query: AskedQuery) -> Iterator[Reason]:
    for number, measure in enumerate(query.measures):
        if measure.kind not in MEASURED_IN_WIDTHS:
            params = {"path": f"{path}measures[{number}]", "measure": measure.kind}
            yield Reason("half-width-not-for", {**params, "known": ", ".join(MEASURED_IN_WIDTHS)})


def _size_reasons(matter: Matter) -> Iterator[Reason]:
    for number, table in enumerate(matter.tables):
        path = f"queries[{number}]." if table.name else ""
        dataset = table.offered.dataset
        sizes = {"group_by": cell_count(dataset, table.keys)}
        sizes |= {"measures": max((key_count(dataset, key) for key in table.told), default=0)}
        for part, keys in sizes.items():
            if keys > MOST_KEYS:
                params = {"path": path + part, "keys": str(keys), "most": str(MOST_KEYS)}
                yield Reason("too-many-keys", params)
    cells = sum(vector.cells for vector in matter.vectors)
    if cells > MOST_CELLS:
        yield Reason("too-many-cells", {"cells": str(cells), "most": str(MOST_CELLS)})
