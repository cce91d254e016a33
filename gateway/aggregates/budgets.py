"""What a question leaves of its partner's own budget; what others spent shows in nothing of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from anonymizers.accounting.charges import NOTHING
from gateway import ledger
from gateway.budgets import Balance, balance, balance_after
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


@dataclass(frozen=True)
class Outlook:
    """What a question would leave of its partner's own budget.

    Attributes:
        now: before it.
        after: it; None where it doesn't fit.
        questions_left: of this price, this one among them.
    """

    now: Balance
    after: Balance | None
    questions_left: int

    @property
    def ends_epsilon(self) -> bool:
        """Whether the budget, counted in epsilon so far, would be counted in rho from then on."""
        return self.after is not None and self.now.counted_in != self.after.counted_in


def outlook(context: Context, question: Question, charges: Sequence[Charge]) -> Outlook:
    """Return what a question of these prices would leave."""
    own = own_cap(question.caps)
    with reading(context.store) as session:
        after = ledger.charged_after(session, own, _prices(question, charges))
        return Outlook(
            now=balance(session, own),
            after=None if after is None else balance_after(after, own),
            questions_left=ledger.questions_left(session, own, sum(charges, NOTHING)),
        )


def own_price(context: Context, question: Question, charges: Sequence[Charge]) -> Charge:
    """Return what of a question this partner's own budget hasn't paid before."""
    own = own_cap(question.caps)
    with reading(context.store) as session:
        unpaid = ledger.unpaid(session, [own], _prices(question, charges))
        return sum(unpaid[own.id].values(), NOTHING)


def _prices(question: Question, charges: Sequence[Charge]) -> dict[str, Charge]:
    return dict(zip(question.names, charges, strict=True))


def own_left(context: Context, question: Question) -> dict[str, str]:
    """Return the largest epsilon and rho that the partner's own budget would take, to be shown."""
    left = own_budget(context, question)["remaining"]
    return {name: f"{amount:.3g}" for name, amount in left.items()}


def lifetime_of(question: Question) -> dict[str, float]:
    """Return what all aggregates on these people may ever add up to, every period included."""
    everybody = next(cap for cap in question.caps if cap.kind == "dataset")
    return {
        "epsilon": float(everybody.lifetime.epsilon),
        "delta": float(everybody.lifetime.delta),
    }
