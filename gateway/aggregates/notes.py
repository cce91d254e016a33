"""Notes: what an answer leaves out, and which of its values say nothing.

Intervals cover what was counted: bounded, clipped, truncated as declared. How much that leaves out
they don't say; notes say what kind of it there can be, from public declarations alone. Notes on
values are read off the noisy values.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.aggregates.guarantees import unit_name
from gateway.aggregates.numbers import Unit
from policies.aggregates.keys import most_distinct
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.aggregates.numbers import Number
    from gateway.aggregates.questions import Question
    from policies.aggregates.components import MeasurePlan, Query

ASK_AGAIN = Reason("aggregate-new-snapshot")
ROW = "row"


def notes_on(question: Question, query: Query) -> list[dict[str, Any]]:
    """Return what bounding, clipping and truncation leave out of a query, each once."""
    found = dict.fromkeys(
        (note.rule, tuple(note.params.items())) for note in _notes(question, query)
    )
    return [{"rule": rule, "params": dict(params)} for rule, params in found]


def notes_on_values(
    question: Question, query: Query, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return how many values are no larger than their noise, or may be anything at all."""
    entries = {measure: _entries(rows, measure.name) for measure in query.measures}
    notes = [n for one, found in entries.items() for n in _notes_on_values(question, one, found)]
    counted = (found for one, found in entries.items() if one.kind not in ("mean", "quantile"))
    if any(Decimal(entry["value"]) < 0 for found in counted for entry in found):
        notes.append(Reason("note-negative"))
    return [as_json(note) for note in notes]


def _notes_on_values(
    question: Question, measure: MeasurePlan, entries: Sequence[Mapping[str, Any]]
) -> Iterator[Reason]:
    if measure.kind in ("mean", "quantile", "distinct"):
        low, high = _all_that_is_possible(question, measure)
        open_ones = sum(entry["interval"] == [low, high] for entry in entries)
        if open_ones:
            yield Reason("note-says-nothing", _of(open_ones, entries, measure))
        return
    within = sum(_holds_zero(*entry["interval"]) for entry in entries)
    if within:
        yield Reason("note-within-noise", _of(within, entries, measure))


def _entries(rows: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """Return a measure's entries, a histogram's one by one."""
    cells = (row[name] for row in rows)
    return [entry for cell in cells for entry in (cell if isinstance(cell, list) else [cell])]


def _of(number: int, entries: Sequence[object], measure: MeasurePlan) -> dict[str, str]:
    return {"number": str(number), "values": str(len(entries)), "measure": measure.name}


def _holds_zero(low: Number, high: Number) -> bool:
    return Decimal(low) <= 0 <= Decimal(high)  # a very large sum is text


def _all_that_is_possible(question: Question, measure: MeasurePlan) -> tuple[Number, Number]:
    part = question.plan.components[measure.components[0][0]]
    if part.codes is not None:
        return 0, most_distinct(question.document, part.codes)
    measured = part.amounts or part.bins
    assert measured is not None  # noqa: S101 - means and quantiles are of numbers
    unit = Unit.of(question.document.columns[str(measure.column)])
    return unit.show(measured.low), unit.show(measured.high)


def as_json(note: Reason) -> dict[str, Any]:
    """Return a note as JSON: rule and parameters; routes word them."""
    return {"rule": note.rule, "params": dict(note.params)}


def _notes(question: Question, query: Query) -> Iterator[Reason]:
    plan, document = question.plan, question.document
    if document.privacy_unit != ROW:  # a row has one record
        most = str(plan.max_records_per_person)
        yield Reason("note-records-bounded", {"most": most, "unit": unit_name(document)})
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
