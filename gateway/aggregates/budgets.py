"""What a question leaves of its partner's own budget; what others spent shows in nothing of it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from anonymizers.accounting.charges import DELTA_UNITS, EPSILON_UNITS, NOTHING, RHO_UNITS
from anonymizers.accounting.filters import times
from gateway.caps import own_cap
from gateway.ledger import remaining, spent
from gateway.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.questions import Question
    from gateway.context import Context


def own_budget(context: Context, question: Question) -> dict[str, Any]:
    """Return this partner's total, what it spent and what is left, as the contract names them."""
    cap = own_cap(question.caps)
    with reading(context.store) as session:
        used, (epsilon, rho) = spent(session, cap.id), remaining(session, cap)
    return {
        "total": {"epsilon": question.plan.epsilon, "delta": question.plan.delta},
        "spent": {
            "epsilon": used.epsilon / EPSILON_UNITS,
            "rho": used.rho / RHO_UNITS,
            "delta": used.delta / DELTA_UNITS,
        },
        "remaining": {"epsilon": epsilon / EPSILON_UNITS, "rho": rho / RHO_UNITS},
    }


def questions_left(context: Context, question: Question, charges: Sequence[Charge]) -> int:
    """Return how many more questions of this price the partner's own budget holds."""
    cap = own_cap(question.caps)
    with reading(context.store) as session:
        return times(spent(session, cap.id), sum(charges, NOTHING), cap.limit)


def lifetime_of(question: Question) -> dict[str, float]:
    """Return what all aggregates on these people may ever add up to, every period included.

    Half of a cap's delta is for the conversion of rho, so that the whole is twice its limit.
    """
    everybody = next(cap for cap in question.caps if cap.kind == "dataset")
    return {
        "epsilon": float(Fraction(everybody.limit.epsilon, EPSILON_UNITS)),
        "delta": float(Fraction(2 * everybody.limit.delta, DELTA_UNITS)),
    }
