"""Questions in numbers as partners ask them: permitted, charged, answered, released.

parse -> decide -> put to a snapshot -> reserve, draw, settle (`answering`) -> release -> publish
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from anonymizers.accounting.charges import NOTHING
from gateway.aggregates.answering import answer, charges_of
from gateway.aggregates.budgets import own_budget, own_left, own_price
from gateway.aggregates.decisions import decide_aggregate
from gateway.aggregates.questions import Question, put
from gateway.aggregates.releasing import (
    content_bytes,
    find_own,
    publish_answer,
    release_answer,
)
from gateway.aggregates.sizes import count_cells
from gateway.agreed import check_agreement
from gateway.budgets import amounts
from gateway.errors import BudgetExhaustedError, InvalidRequestError, NotFoundError, RefusedError
from gateway.extracts import refuse
from gateway.identifiers import release_id_of
from gateway.store.engine import reading
from gateway.store.tables import Aggregate, Release
from policies.aggregates.evaluation import AggregatePermit
from policies.aggregates.requests import AggregateRequest, parse_aggregate_request
from policies.plans import Refuse
from policies.requests import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.accounting.charges import Charge
    from gateway.context import Context


@dataclass(frozen=True)
class Answered:
    """An answer in numbers as its partner gets it.

    Attributes:
        id: of the aggregate; release_id: of its release.
        content: canonical JSON, what the manifest names.
        budget: this partner's own, after it was charged, and what it was charged now; empty where
            it isn't asked for.
        cached: whether this partner had got it before.
    """

    id: str
    release_id: str
    content: dict[str, Any]
    budget: dict[str, Any]
    cached: bool


def ask(context: Context, partner: str, body: Mapping[str, Any]) -> Answered:
    """Answer a question, or find the answer that this partner got to it before.

    Raises:
        InvalidRequestError: the body isn't a request; every problem is named.
        NotFoundError: no agreement of this partner covers the dataset, or there is none.
        RefusedError: the policy says no, or the budget has no room; the refusal is an entry.
    """
    request, question = permitted(context, partner, body)
    row, published = find_own(context, question)
    cached, charged = row is not None, NOTHING
    if row is None:
        row, charged = _answered(context, request, question)
    if not published:
        publish_answer(context, row.id)
    return _told(context, question, row, charged, cached=cached)


def ask_again(context: Context, partner: str, body: Mapping[str, Any]) -> Answered | int:
    """Return the answer that this partner got to a question before, or else how many cells it has.

    Nothing is charged or drawn, and what others asked shows in nothing of it.

    Raises:
        InvalidRequestError, NotFoundError, RefusedError: as `ask`, but for the budget.
    """
    _, question = permitted(context, partner, body)
    row, published = find_own(context, question)
    if row is None or not published:
        return count_cells(question)
    return _told(context, question, row, NOTHING, cached=True)


def _told(
    context: Context, question: Question, row: Aggregate, charged: Charge, *, cached: bool
) -> Answered:
    return Answered(
        id=row.id,
        release_id=release_id_of(row.id),
        content=json.loads(content_bytes(context, row)),
        budget={**own_budget(context, question), "charged": amounts(charged)},
        cached=cached,
    )


def permitted(
    context: Context, partner: str, body: Mapping[str, Any]
) -> tuple[AggregateRequest, Question]:
    """Return a request that nothing speaks against, put to the newest snapshot.

    Raises:
        InvalidRequestError, NotFoundError, RefusedError: as `ask`.
    """
    try:
        request = parse_aggregate_request(body)
    except RequestError as error:
        raise InvalidRequestError(error.reasons) from error
    with context.registry.together() as registry:
        now = replace(context, registry=registry)
        decision = decide_aggregate(now, partner, request)
        question = put(now, decision.plan) if isinstance(decision, AggregatePermit) else None
    if question is None:
        assert isinstance(decision, Refuse)  # noqa: S101 - what isn't a permit
        refuse(context, partner, decision.reasons)
    return request, question


def _answered(
    context: Context, request: AggregateRequest, question: Question
) -> tuple[Aggregate, Charge]:
    try:
        charges = charges_of(context, question)
        charged = own_price(context, question, charges)
        noisy = answer(context, question, charges)
    except BudgetExhaustedError as error:
        told = BudgetExhaustedError(error.dataset, error.caps, own_left(context, question))
        refuse(context, question.plan.partner, told.reasons, caps=[*error.caps])
    except RefusedError as error:
        refuse(context, question.plan.partner, error.reasons)
    return release_answer(context, request, question, noisy, charges), charged


def read_answer(context: Context, partner: str, aggregate_id: str) -> bytes:
    """Return the content of an answer that this partner got.

    Raises:
        NotFoundError, RefusedError: as `find_answer`.
    """
    return content_bytes(context, _own_answer(context, partner, aggregate_id))


def find_answer(context: Context, partner: str, aggregate_id: str) -> Answered:
    """Return an answer that this partner got, without what it has left by now.

    Raises:
        NotFoundError: not an answer of this partner, or not released.
        RefusedError: the agreement that it came under isn't in force any more.
    """
    row = _own_answer(context, partner, aggregate_id)
    content = json.loads(content_bytes(context, row))
    return Answered(row.id, release_id_of(row.id), content, budget={}, cached=True)


def _own_answer(context: Context, partner: str, aggregate_id: str) -> Aggregate:
    with reading(context.store) as session:
        row = session.get(Aggregate, aggregate_id)
        release = session.get(Release, release_id_of(aggregate_id))
    if row is None or row.partner != partner or release is None or not release.published:
        raise NotFoundError
    check_agreement(context, row, purpose=None)
    return row
