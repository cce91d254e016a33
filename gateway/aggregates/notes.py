"""Notes: what an answer leaves out, said beside it from public declarations alone.

Intervals cover what was counted: bounded, clipped, truncated as declared. How much that leaves out
they don't say; these notes say what kind of it there can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.aggregates.numbers import Unit
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.aggregates.questions import Question
    from policies.aggregates.components import Query

ASK_AGAIN = Reason("aggregate-new-snapshot")
ROW = "row"


def notes_on(question: Question, query: Query) -> list[dict[str, Any]]:
    """Return what bounding, clipping and truncation leave out of a query, each once."""
    found = dict.fromkeys(
        (note.rule, tuple(note.params.items())) for note in _notes(question, query)
    )
    return [{"rule": rule, "params": dict(params)} for rule, params in found]


def as_json(note: Reason) -> dict[str, Any]:
    """Return a note as JSON: rule and parameters; routes word them."""
    return {"rule": note.rule, "params": dict(note.params)}


def _notes(question: Question, query: Query) -> Iterator[Reason]:
    plan, document = question.plan, question.document
    if document.privacy_unit != ROW:  # a row has one record
        most = str(plan.max_records_per_person)
        yield Reason("note-records-bounded", {"most": most, "unit": str(document.privacy_unit)})
    for measure in query.measures:
        for number in measure.components[0]:
            part = plan.components[number]
            measured = part.amounts or part.bins
            if measured is not None:
                unit = Unit.of(document.columns[measured.column])
                low, high = (str(unit.show(bound)) for bound in (measured.low, measured.high))
                yield Reason("note-clipped", {"column": measured.column, "low": low, "high": high})
    for key in query.group_by:
        column = document.columns[key.column]
        if column.multiple is not None:
            yield Reason("note-codes", {"column": key.column, "most": str(column.max_codes)})
        if key.private:
            yield Reason("note-private-keys", {"column": key.column})
    if plan.non_negative:
        yield Reason("note-non-negative")
    if query.totals and any(not measure.additive for measure in query.measures):
        names = ", ".join(one.name for one in query.measures if not one.additive)
        yield Reason("note-not-additive", {"measures": names})
