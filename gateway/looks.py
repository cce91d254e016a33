"""Looks at stored records under a policy that need not be applied: each is an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gateway.store.engine import writing

if TYPE_CHECKING:
    from gateway.context import Context
    from policies.plans import ExtractPlan


def log_look(
    context: Context, plan: ExtractPlan, state: Literal["advised", "previewed"], **audience: str
) -> None:
    """Append that somebody looked.

    Args:
        context: the open home.
        plan: which records, under which policy.
        state: what was looked at: advice, or an extract that nobody gets.
        audience: `purpose` or `partner`: whom it would be for.
    """
    with writing(context.store) as session:
        context.log.append(
            session,
            "policy",
            plan.policy,
            policy_sha256=plan.policy_sha256,
            dataset_sha256=plan.dataset_sha256,
            dataset=plan.dataset,
            state=state,
            **audience,
        )
