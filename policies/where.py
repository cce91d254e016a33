"""Conditions of a request, resolved against declarations alone: never against data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP, Ladder
from anonymizers.ladders.ordered import OrderedLadder
from policies.edges import Range, range_reasons
from policies.ladders import column_ladder
from policies.plans import Filter, InFilter, RangeFilter
from policies.reasons import Reason
from policies.requests import WhereClause, sort_where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.documents import ColumnRule, DatasetDocument


@dataclass(frozen=True)
class Filterable:
    """A column that conditions may name.

    Attributes:
        floor: finest level on which they may; ranges lie on the edges of its bands.
        min_population: the ladder's, where it is one of places.
    """

    name: str
    ladder: Ladder
    floor: str
    min_population: int | None = None

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of conditions, finest first; on `*` nothing is told apart."""
        return self.ladder.levels[self.ladder.levels.index(self.floor) : -1]


def filterable_columns(
    released: Mapping[str, ColumnRule], dataset: DatasetDocument
) -> dict[str, Filterable]:
    """Return the columns that conditions may name: the quasi-identifiers that leave.

    A condition on a sensitive attribute would say of everybody in the file what l is there to
    hide, whether its column is asked for or not.

    Raises:
        LadderError: a ladder is declared wrongly; `lint_dataset` says how.
    """
    columns: dict[str, Filterable] = {}
    for name, rule in released.items():
        if rule.coarsen is None or dataset.columns[name].role != "quasi_identifier":
            continue
        least = rule.coarsen.min_population
        ladder = column_ladder(dataset, name, least)
        assert ladder is not None  # noqa: S101 - a quasi-identifier has one, or isn't parsed
        floor = rule.coarsen.floor or ladder.levels[0]
        columns[name] = Filterable(name, ladder, floor, least)
    return columns


def where_reasons(
    clauses: tuple[WhereClause, ...], columns: Mapping[str, Filterable]
) -> Iterator[Reason]:
    """Yield every reason why conditions can't be answered."""
    for clause in clauses:
        yield from _reasons(clause, columns)


def where_filters(
    clauses: tuple[WhereClause, ...], columns: Mapping[str, Filterable]
) -> tuple[Filter, ...]:
    """Return conditions without reasons against them as filters, sorted and unique."""
    return sort_where(tuple(_filter(clause, columns[clause.column]) for clause in clauses))


def _reasons(clause: WhereClause, columns: Mapping[str, Filterable]) -> Iterator[Reason]:
    column = columns.get(clause.column)
    if column is None:
        params = {"column": clause.column, "known": ", ".join(columns)}
        yield Reason("where-column-not-allowed", params)
    elif clause.forms is not None:
        yield from _form_reasons(clause.forms, column)
    elif isinstance(column.ladder, OrderedLadder):
        asked = Range(column.name, clause.first, clause.last)
        yield from range_reasons(asked, column.ladder, column.floor)
    else:
        yield Reason("where-no-order", {"column": clause.column})


def _form_reasons(forms: tuple[str, ...], column: Filterable) -> Iterator[Reason]:
    for form in forms:
        levels = column.ladder.levels_with(form)
        params = {"column": column.name, "value": form}
        if form == TOP or not levels:
            yield Reason("where-unknown-value", params)
        elif not set(levels) & set(column.levels):
            yield Reason("where-finer-than-floor", {**params, "floor": column.floor})


def _filter(clause: WhereClause, column: Filterable) -> Filter:
    if clause.forms is not None:
        forms = tuple(sorted(set(clause.forms)))
        return InFilter(clause.column, forms, column.floor, column.min_population)
    first, last = (_as_written(edge, column.ladder) for edge in (clause.first, clause.last))
    return RangeFilter(clause.column, first, last)


def _as_written(edge: str | None, ladder: Ladder) -> str | None:
    # The one spelling of a value: `05` and `5` are the same request.
    if edge is None or not isinstance(ladder, OrderedLadder):
        return None
    value = ladder.parse(edge)
    return None if value is None else ladder.text(value)
