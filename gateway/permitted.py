"""Whether an extract is permitted today as it was made, under whatever versions say so.

Bytes that wait on the disk were made by a plan. A policy may have been tightened since, or a
dataset declared anew. The plans that both versions give for the very same request are compared,
so that a change that doesn't touch this extract doesn't end it. Beside the plans stands what they
lean on in the declaration: their columns with bounds and codes, ladders, populations.

Any difference ends a download, a looser rule too: which of two rules is the stricter is not for a
comparison to guess.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.extracts import stored_request
from gateway.releases import still_permitted
from policies.agreements import asking_agreements
from policies.evaluation import evaluate
from policies.plans import Permit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.context import Context
    from gateway.registry import DeclaredDataset
    from gateway.store.tables import Extract
    from policies.documents import DatasetDocument, PartnerDocument
    from policies.evaluation import PolicyVersion
    from policies.plans import ExtractPlan


def is_permitted_as_it_was(context: Context, extract: Extract, decision: Permit) -> bool:
    """Answer whether today's versions give the plan by which an extract was made.

    Args:
        context: the open home.
        extract: made under a policy and a declaration that it names.
        decision: on its request, as things are now.
    """
    if still_permitted(decision, extract):
        return True
    dataset, partner = context.registry.dataset(extract.dataset), _under(context, extract)
    if dataset is None or partner is None:
        return False
    (agreement,) = partner.agreements
    policy = context.registry.policies_for(extract.dataset).get(str(agreement.policy))
    then = context.registry.dataset_version(extract.dataset_sha256)
    made_by = context.registry.policy_version(extract.policy_sha256)
    now = _plan(context, extract, partner, dataset, policy)
    was = _plan(context, extract, partner, then, made_by)
    if now is None or was is None or now != was:
        return False
    return [*_leaned_on(now, dataset.document)] == [*_leaned_on(was, then.document)]


def _under(context: Context, extract: Extract) -> PartnerDocument | None:
    """Return the partner with the one agreement that the extract was made under."""
    declared = context.registry.partner(extract.partner)
    if declared is None or declared.suspended:
        return None
    agreements = asking_agreements(declared.document, extract.dataset)
    same = tuple(one for one in agreements if one.agreement == extract.agreement)
    return declared.document.model_copy(update={"agreements": same}) if same else None


def _plan(
    context: Context,
    extract: Extract,
    partner: PartnerDocument,
    dataset: DeclaredDataset,
    policy: PolicyVersion | None,
) -> ExtractPlan | None:
    """Return what these versions give for the request, their own names aside; None for a no."""
    if policy is None:
        return None
    (agreement,) = partner.agreements
    decision = evaluate(
        stored_request(context, extract),
        partner=partner,
        dataset=dataset.document,
        dataset_sha="",
        policies={str(agreement.policy): replace(policy, sha256="")},
        today=context.clock.today(context.home.document.timezone),
        suspended=False,
    )
    return replace(decision.plan, policy="") if isinstance(decision, Permit) else None


def _leaned_on(plan: ExtractPlan, dataset: DatasetDocument) -> Iterator[object]:
    """Yield what of a declaration decides the bytes of a plan; titles and labels don't."""
    minors, mapped = plan.protection.minors, plan.protection.k_map
    names = {column.name for column in plan.columns} | {part.column for part in plan.where}
    for name in sorted(names | ({minors.column} if minors else set())):
        column = dataset.columns[name]
        yield column.model_copy(update={"label": {}})
        yield dataset.ladders.get(column.ladder or "")
    yield dataset.populations.get(mapped.population) if mapped else None
    yield dataset.privacy_unit, dataset.record_key
