"""The content of an answer: the bytes that a partner gets, and that its manifest names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.aggregates.guarantees import guarantee_of
from gateway.aggregates.notes import notes_on, notes_on_values
from gateway.aggregates.rendering import render_rows, render_shares
from gateway.audit.canonical import canonical_json
from gateway.manifests import opaque_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.drawing import Noisy
    from gateway.aggregates.questions import Question
    from gateway.context import Context
    from policies.aggregates.components import Query


def content_of(
    context: Context,
    question: Question,
    noisy: Sequence[Noisy],
    charges: Sequence[Charge],
    release_id: str,
) -> bytes:
    """Return rows, notes and guarantee as canonical JSON (RFC 8785)."""
    plan = question.plan
    tables = [_table(question, query, noisy) for query in plan.queries]
    guarantee = {
        **guarantee_of(question, charges),
        "release": release_id,
        "snapshot": opaque_snapshot(context, plan.dataset, question.snapshot),
    }
    return canonical_json({**_shape(tables, plan.request), "guarantee": guarantee})


def _table(question: Question, query: Query, noisy: Sequence[Noisy]) -> dict[str, Any]:
    rows = render_rows(question.plan, query, noisy, question.document)
    shares = render_shares(question.plan, query, noisy)
    return {
        "name": query.name,
        "rows": rows,
        "notes": [*notes_on_values(question, query, rows), *notes_on(question, query)],
        **({"left_out": shares} if shares else {}),
    }


def _shape(tables: list[dict[str, Any]], request: Any) -> dict[str, Any]:
    """Return the tables as they were asked for: a batch, or the one query."""
    if "queries" in request:
        return {"queries": tables}
    (table,) = tables
    return {key: value for key, value in table.items() if key != "name"}
