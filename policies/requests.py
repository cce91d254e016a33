"""What a partner asks: the request's shape, and the one canonical form of each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from policies.documents.base import Document, Kebab, ProblemsError, Text, Texts, raise_any
from policies.documents.problems import validate
from policies.plans import ExtractPlan, Filter, InFilter
from policies.reasons import Reason
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CLAUSES = 50
MOST_FORMS = 10_000


class RequestError(ValueError):
    """A request can't be understood.

    Attributes:
        reasons: everything that is wrong with it, each with its `path` in the body.
    """

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        """Keep the reasons for whoever renders them."""
        super().__init__("; ".join(f"{r.rule} {dict(r.params)}" for r in reasons))
        self.reasons = reasons


def _read_form(value: Any) -> Any:
    # JSON has numbers; forms and edges are text in every ladder.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


Form = Annotated[str, BeforeValidator(_read_form), Field(strict=True, min_length=1, max_length=200)]


class WhereClause(Document):
    """One condition on one column: a list of released forms, or a range of exact values.

    Attributes:
        forms: `in`.
        first, last: `from` and `to`, both included; one of them may be left out.
    """

    column: Text
    forms: Annotated[tuple[Form, ...], Field(min_length=1, max_length=MOST_FORMS)] | None = Field(
        default=None, alias="in"
    )
    first: Form | None = Field(default=None, alias="from")
    last: Form | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _check(self) -> WhereClause:
        ranged = self.first is not None or self.last is not None
        if ranged == (self.forms is not None):
            raise ProblemsError(Reason("exactly-one-of", {"path": "", "allowed": "in, from/to"}))
        return self


class ExtractRequest(Document):
    """The body of `POST /v1/extracts`.

    Attributes:
        columns: a part of what the policy releases; None is all of it.
        fill: a choice of the columns that the policy fills; None is all of them, [] none.
        since: changes since a release; comes later and is refused for now.
    """

    dataset: Kebab
    purpose: Kebab
    columns: Annotated[Texts, Field(min_length=1)] | None = None
    where: Annotated[tuple[WhereClause, ...], Field(max_length=MOST_CLAUSES)] = ()
    format: Text = "csv"
    fill: Texts | None = None
    since: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> ExtractRequest:
        if self.since is not None:
            raise_any([Reason("not-available-yet", {"path": "since", "what": "since"})])
        return self


def parse_request(body: Mapping[str, Any]) -> ExtractRequest:
    """Return the request; raises RequestError with all its problems at once."""
    try:
        return validate(ExtractRequest, body)
    except ProblemsError as error:
        raise RequestError(error.reasons) from None


def canonical_request(plan: ExtractPlan) -> dict[str, Any]:
    """Return the one form of every request that asks for this plan.

    Defaults are written out, columns stand in the dataset's order, conditions and their lists
    are sorted and unique. What is filled is named where the policy fills anything.

    Returns:
        A JSON value that `parse_request` reads; equal requests give equal values.
    """
    filled = {} if plan.fill is None else {"fill": list(plan.fill)}
    return {
        "dataset": plan.dataset,
        "purpose": plan.purpose,
        "columns": [column.name for column in plan.columns],
        "where": [clause_of(condition) for condition in plan.where],
        "format": plan.format,
        **filled,
    }


def data_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a canonical request without its format: what two releases are compared by."""
    return {key: value for key, value in request.items() if key != "format"}


def sort_where(where: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Return the conditions sorted by their canonical bytes, each once."""
    unique = {canonical_bytes(clause_of(condition)): condition for condition in where}
    return tuple(condition for _, condition in sorted(unique.items()))


def clause_of(condition: Filter) -> dict[str, Any]:
    """Return a condition as requests write it."""
    if isinstance(condition, InFilter):
        return {"column": condition.column, "in": list(condition.forms)}
    edges = {"from": condition.first, "to": condition.last}
    kept = {key: value for key, value in edges.items() if value is not None}
    return {"column": condition.column, **kept}
