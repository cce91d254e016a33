"""Whether a question in numbers is permitted, as things are declared now."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from anonymizers.accounting.limits import rho_within
from policies.aggregates.evaluation import evaluate_aggregate
from policies.plans import Refuse
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from datetime import date

    from gateway.context import Context
    from policies.aggregates.evaluation import AggregatePermit
    from policies.aggregates.requests import AggregateRequest
    from policies.documents import PartnerDocument


def decide_aggregate(
    context: Context, partner: str, request: AggregateRequest
) -> AggregatePermit | Refuse:
    """Evaluate a request against what is declared and in force at this moment.

    What no agreement of the partner names isn't looked for: so the time of the refusal doesn't say
    whether there is such a dataset.
    """
    unknown = Refuse((Reason("unknown-dataset", {"dataset": request.dataset}),))
    declared = context.registry.partner(partner)
    if declared is None or not _is_named(declared.document, request.dataset):
        return unknown
    dataset = context.registry.dataset(request.dataset)
    if dataset is None:
        return unknown
    return _evaluated(
        _Keyed(request.model_dump_json(), request),
        _Keyed(id(declared.document), declared.document),
        _Keyed(dataset.sha256, dataset.document),
        _policies(context, request.dataset),
        context.clock.today(context.home.document.timezone),
        suspended=declared.suspended,
    )


def _is_named(partner: PartnerDocument, dataset: str) -> bool:
    return any(agreement.dataset == dataset for agreement in partner.agreements)


@dataclass(frozen=True)
class _Keyed:
    """A value that the cache below tells apart by its key; it keeps the value, so ids stay true."""

    key: Hashable
    value: Any = field(compare=False)


def _policies(context: Context, dataset: str) -> _Keyed:
    active: Mapping[str, Any] = context.registry.policies_for(dataset)
    return _Keyed(tuple((name, active[name].sha256) for name in sorted(active)), active)


@lru_cache(maxsize=1024)
def _evaluated(  # noqa: PLR0913 - everything that decides, and nothing else
    request: _Keyed,
    partner: _Keyed,
    dataset: _Keyed,
    policies: _Keyed,
    today: date,
    *,
    suspended: bool,
) -> AggregatePermit | Refuse:
    """Evaluate once what is asked again: the answer follows from these arguments alone."""
    return evaluate_aggregate(
        request.value,
        partner=partner.value,
        dataset=dataset.value,
        dataset_sha=str(dataset.key),
        policies=policies.value,
        today=today,
        suspended=suspended,
        rho_within=rho_within,
    )
