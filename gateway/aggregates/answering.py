"""Answering: reserve, draw, settle; what was answered before is answered the same again.

reserve (one transaction for all caps) -> count one snapshot -> add noise -> settle

Nothing is drawn before its price is committed. A reservation that a crash left behind counts as
spent; whoever asks the same again draws under it. Two may draw at once, but only one of them
settles, and both give that one's values: what the other drew is forgotten unseen.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from sqlmodel import col, select

from anonymizers.accounting.charges import ChargeTooLargeError
from gateway.aggregates.drawing import Noisy, charge_of, draw, sampler_of
from gateway.aggregates.preparing import prepared_for
from gateway.aggregates.tallying import Tallying
from gateway.caps import widest_epsilon
from gateway.errors import BudgetExhaustedError, RefusedError
from gateway.ledger import reserve, settle
from gateway.store.engine import reading, writing
from gateway.store.tables import AggregateAnswer
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.questions import Question
    from gateway.context import Context


def answer(context: Context, question: Question, charges: Sequence[Charge]) -> tuple[Noisy, ...]:
    """Charge a question, and return the noisy values of its components.

    Args:
        context: the open home.
        question: permitted.
        charges: of its components.

    Raises:
        BudgetExhaustedError: a cap has no room left.
        LakeError: the data can't be read; what was charged stays charged, asking again is free.
    """
    with writing(context.store) as session:
        reserve(
            *(context, session, question.caps, list(zip(question.names, charges, strict=True))),
            dataset=question.plan.dataset,
            snapshot=question.snapshot,
        )
    waiting = _unsettled(context, question.names)
    if waiting:
        _draw(context, question, waiting)
    return _settled(context, question.names)


def charges_of(context: Context, question: Question) -> tuple[Charge, ...]:
    """Return what each component costs, from declarations alone.

    Raises:
        RefusedError: this home's sampler doesn't draw such noise.
        BudgetExhaustedError: no budget of use holds such a price.
    """
    sampler, components = sampler_of(context), question.plan.components
    if not all(sampler.draws(part.mechanism) for part in components):
        raise RefusedError((Reason("noise-not-drawn", {"noise": sampler.name}),))
    widest = widest_epsilon(question.caps)
    try:
        return tuple(charge_of(part, sampler, widest) for part in components)
    except ChargeTooLargeError:
        caps = tuple(cap.id for cap in question.caps)
        raise BudgetExhaustedError(question.plan.dataset, caps) from None


def _unsettled(context: Context, names: Sequence[str]) -> set[str]:
    query = select(AggregateAnswer.fingerprint).where(
        col(AggregateAnswer.fingerprint).in_(names), AggregateAnswer.state != "settled"
    )
    with reading(context.store) as session:
        return set(session.exec(query))


def _draw(context: Context, question: Question, waiting: set[str]) -> None:
    """Draw what isn't settled yet, and settle it, unless somebody else did first."""
    parts = {
        name: part
        for name, part in zip(question.names, question.plan.components, strict=True)
        if name in waiting
    }
    plan = question.plan
    tallying = Tallying(
        prepared_for(context, question),
        question.document,
        plan.max_records_per_person,
        plan.bounding,
    )
    drawn = draw(tallying, list(parts.values()), sampler_of(context))
    with writing(context.store) as session:
        for name, noisy in sorted(zip(parts, drawn, strict=True), key=itemgetter(0)):
            settle(context, session, name, _sealed(context, name, noisy))


def _sealed(context: Context, name: str, noisy: Noisy) -> bytes:
    return context.keys.store_cipher().seal(noisy.sealed_form(), f"answer:{name}:values")


def _settled(context: Context, names: Sequence[str]) -> tuple[Noisy, ...]:
    with reading(context.store) as session:
        rows = [session.get_one(AggregateAnswer, name).sealed_values for name in names]
    cipher = context.keys.store_cipher()
    return tuple(
        Noisy.read(cipher.open(row or b"", f"answer:{name}:values"))
        for name, row in zip(names, rows, strict=True)
    )
