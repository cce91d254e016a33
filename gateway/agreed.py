"""Whether the agreement that a release came under still lets its partner have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import RefusedError
from policies.agreements import asking_agreements
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.store.tables import Aggregate, Extract


def check_agreement(context: Context, made: Extract | Aggregate, purpose: str | None) -> None:
    """Hold what was made under an agreement against that agreement as it is today.

    Args:
        context: the open home.
        made: names partner, dataset and agreement.
        purpose: that the agreement must still name; None where any will do.

    Raises:
        RefusedError: the agreement isn't there or in force any more, or the partner is suspended.
    """
    declared = context.registry.partner(made.partner)
    today = context.clock.today(context.home.document.timezone)
    if declared is not None and not declared.suspended:
        for agreement in asking_agreements(declared.document, made.dataset):
            same = agreement.agreement == made.agreement and agreement.is_in_force(today)
            if same and (purpose is None or purpose in agreement.purposes):
                return
    raise RefusedError((Reason("agreement-ended", {"agreement": made.agreement}),))
