"""What a question leaves of its partner's own budget; what others spent shows in nothing of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from anonymizers.accounting.charges import NOTHING
from gateway import ledger
from gateway.budgets import balance
from gateway.caps import own_cap
from gateway.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.questions import Question
    from gateway.context import Context


def own_budget(context: Context, question: Question) -> dict[str, Any]:
    """Return this partner's total, what it spent and what is left, as the contract names them."""
    with reading(context.store) as session:
        return asdict(balance(session, own_cap(question.caps)))


def questions_left(context: Context, question: Question, charges: Sequence[Charge]) -> int:
    """Return how many more questions of this price the partner's own budget holds."""
    with reading(context.store) as session:
        return ledger.questions_left(session, own_cap(question.caps), sum(charges, NOTHING))


def lifetime_of(question: Question) -> dict[str, float]:
    """Return what all aggregates on these people may ever add up to, every period included."""
    everybody = next(cap for cap in question.caps if cap.kind == "dataset")
    return {
        "epsilon": float(everybody.lifetime.epsilon),
        "delta": float(everybody.lifetime.delta),
    }
