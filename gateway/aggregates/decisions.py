"""Whether a question in numbers is permitted, as things are declared now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.accounting.limits import rho_within
from policies.aggregates.evaluation import evaluate_aggregate
from policies.plans import Refuse
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context
    from policies.aggregates.evaluation import AggregatePermit
    from policies.aggregates.requests import AggregateRequest


def decide_aggregate(
    context: Context, partner: str, request: AggregateRequest
) -> AggregatePermit | Refuse:
    """Evaluate a request against what is declared and in force at this moment."""
    declared = context.registry.partner(partner)
    dataset = context.registry.dataset(request.dataset)
    if declared is None or dataset is None:
        return Refuse((Reason("unknown-dataset", {"dataset": request.dataset}),))
    return evaluate_aggregate(
        request,
        partner=declared.document,
        dataset=dataset.document,
        dataset_sha=dataset.sha256,
        policies=context.registry.policies_for(request.dataset),
        today=context.clock.today(context.home.document.timezone),
        suspended=declared.suspended,
        rho_within=rho_within,
    )
