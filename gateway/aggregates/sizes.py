"""How large an answer is: from declarations alone."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from policies.aggregates.keys import key_forms

if TYPE_CHECKING:
    from gateway.aggregates.questions import Question
    from policies.aggregates.components import Query


def count_keys(question: Question, query: Query) -> int:
    """Return how many keys a query has; a private key counts once, whatever occurs."""
    sizes = (1 if key.private else len(key_forms(question.document, key)) for key in query.group_by)
    return prod(sizes)


def count_cells(question: Question) -> int:
    """Return how many values all queries of a question have."""
    queries = question.plan.queries
    return sum(count_keys(question, query) * len(query.measures) for query in queries)
