"""Notes: what an answer leaves out, said beside it from public declarations alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.aggregates.questions import Question
    from policies.aggregates.components import Query

ASK_AGAIN = Reason("aggregate-new-snapshot", {})


def notes_on(question: Question, query: Query) -> list[dict[str, Any]]:
    """Return what bounding and clipping leave out of a query, as declared."""
    raise NotImplementedError


def as_json(note: Reason) -> dict[str, Any]:
    """Return a note as JSON: rule and parameters; routes word them."""
    return {"rule": note.rule, "params": dict(note.params)}
