"""Estimates: what a question would cost and how exact its answer would be; nothing is spent."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from anonymizers.noise.intervals import half_width
from gateway.aggregates.answering import charges_of
from gateway.aggregates.asking import permitted
from gateway.aggregates.budgets import Outlook, outlook
from gateway.aggregates.guarantees import label_of, total_price, width_of
from gateway.aggregates.notes import ASK_AGAIN, as_json, notes_on
from gateway.aggregates.numbers import CONFIDENCE, Unit
from gateway.aggregates.releasing import find_own
from gateway.aggregates.sizes import count_cells, count_keys
from gateway.manifests import opaque_snapshot
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.aggregates.questions import Question
    from gateway.context import Context
    from policies.aggregates.components import MeasurePlan


def estimate(context: Context, partner: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return price, exactness and what is left for a question, from declarations alone.

    What others asked or spent shows in nothing of it.

    Raises:
        InvalidRequestError, NotFoundError, RefusedError: as asking it would.
    """
    _, question = permitted(context, partner, body)
    charges = charges_of(context, question)
    plan, left = question.plan, outlook(context, question, charges)
    return {
        "price": total_price(plan.components, charges),
        "measures": {
            label_of(query, one): _exactness(question, one)
            for query in plan.queries
            for one in query.measures
        },
        "keys": sum(count_keys(question, query) for query in plan.queries),
        "cells": count_cells(question),
        "remaining_questions": left.questions_left,
        "cached": find_own(context, question)[0] is not None,
        "snapshot": opaque_snapshot(context, plan.dataset, question.snapshot),
        "budget": asdict(left.now),
        "after": asdict(left.after) if left.after is not None else None,
        "notes": [
            *([as_json(_in_rho(left))] if left.ends_epsilon else []),
            as_json(ASK_AGAIN),
            *(n for q in plan.queries for n in notes_on(question, q)),
        ],
    }


def _in_rho(left: Outlook) -> Reason:
    """Say what a first answer in rho does to a budget that was counted in epsilon."""
    now, after = left.now, left.after or left.now
    return Reason(
        "aggregate-ends-epsilon",
        {
            "before": f"{now.remaining['epsilon']:.3g}",
            "after": f"{after.remaining['epsilon']:.3g}",
        },
    )


def _exactness(question: Question, measure: MeasurePlan) -> dict[str, Any]:
    """Return how wide the interval of each value will be.

    A mean's and a quantile's depend on what is counted: nothing is said of them before.
    """
    part = question.plan.components[measure.components[0][0]]
    unit = Unit()
    if measure.kind == "sum":
        unit = Unit.of(question.document.columns[str(measure.column)])
    width = unit.show(half_width(part.mechanism, CONFIDENCE))
    return {
        "half_width": None if measure.kind in ("mean", "quantile") else width,
        "confidence": float(CONFIDENCE),
        "mechanism": part.mechanism.name,
        "scale": width_of(part),
    }
