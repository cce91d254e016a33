"""Conditions of a request: which exact values of a column match, found on distinct values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import OTHER, TOP
from anonymizers.populations import Population, find_value
from gateway.lake.cells import arrow_type
from policies.ladders import column_ladder, dataset_population
from policies.plans import Filter, InFilter, RangeFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb, Ladder
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan


def matching(values: pa.Array, condition: Filter, document: DatasetDocument) -> pa.Array:
    """Return those of the distinct values that a condition lets through; NULL never is.

    Args:
        values: distinct, as stored.
        condition: on their column.
        document: gives the column's ladder.
    """
    least = condition.min_population if isinstance(condition, InFilter) else None
    ladder = column_ladder(document, condition.column, least)
    if ladder is None:
        hits = _by_text(values, condition)
    elif isinstance(condition, InFilter):
        hits = _by_form(ladder, values, condition)
    else:
        hits = _by_range(ladder, values, condition)
    return values.filter(pa.array(hits & ~_mask(values.is_null())))


def _by_form(ladder: Ladder, values: pa.Array, condition: InFilter) -> NDArray[np.bool_]:
    first = ladder.levels.index(condition.floor)
    climb, allowed = ladder.climb(values), ladder.levels[first:-1]
    asked = {*condition.forms} - {TOP}  # a suppressed place isn't to be asked for either
    hits = np.zeros(len(values), dtype=bool)
    for rung in climb.rungs:
        if rung.level in allowed:
            wanted = np.array([form in asked for form in rung.forms], dtype=bool)
            hits |= wanted[rung.codes]
    return hits


def _by_range(ladder: Ladder, values: pa.Array, condition: RangeFilter) -> NDArray[np.bool_]:
    """Compare exact values; what is released as `other` is in no range, open ones included."""
    hits = ~_others(ladder.climb(values))
    for edge, compare in ((condition.first, pc.greater_equal), (condition.last, pc.less_equal)):
        if edge is not None:
            limit = pa.scalar(edge, pa.string()).cast(values.type)
            hits &= _mask(compare(values, limit))
    return hits


def _others(climb: Climb) -> NDArray[np.bool_]:
    finest = climb.rungs[0]
    return np.array([form == OTHER for form in finest.forms], dtype=bool)[finest.codes]


def _by_text(values: pa.Array, condition: Filter) -> NDArray[np.bool_]:
    if isinstance(condition, RangeFilter):
        raise TypeError(f"column {condition.column} has no order; evaluation refuses this")
    wanted = pa.array(condition.forms, pa.string())
    return _mask(pc.is_in(values.cast(pa.string()), value_set=wanted))


def _mask(marks: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(marks, fill_value=False), dtype=bool)


def lookups(
    values: Mapping[str, pa.Array],
    conditions: tuple[Filter, ...],
    document: DatasetDocument,
) -> dict[str, pa.Array]:
    """Return for each column with conditions the exact values that pass all of them."""
    passing = dict(values)
    for condition in conditions:
        name = condition.column
        passing[name] = matching(passing[name], condition, document)
    return passing


def people_asked_for(plan: ExtractPlan, document: DatasetDocument) -> Population | None:
    """Return who of the population of k-map the plan's conditions let through.

    Everybody in the file meets them, whether their columns were asked for or not: who doesn't
    looks like nobody in it.

    Returns:
        None where the plan asks for no k-map.
    """
    rule = plan.protection.k_map
    if rule is None:
        return None
    population = dataset_population(document, rule.population)
    people = population.people
    for condition in plan.where:
        if condition.column in population.columns:
            met = _met(population.columns[condition.column], condition, document)
            people = np.where(met, people, 0)
    return Population(population.columns, people)


def _met(
    values: tuple[str, ...], condition: Filter, document: DatasetDocument
) -> NDArray[np.bool_]:
    least = condition.min_population if isinstance(condition, InFilter) else None
    ladder = column_ladder(document, condition.column, least)
    assert ladder is not None  # noqa: S101 - the lint refuses a population's column without one
    exact = {value: _exact(ladder, value) for value in dict.fromkeys(values)}
    known = pa.array(dict.fromkeys(filter(None, exact.values())), pa.string())
    typed = known.cast(arrow_type(document.columns[condition.column]))
    hits = _mask(pc.is_in(typed, value_set=matching(typed, condition, document)))
    met = {text for text, hit in zip(known.to_pylist(), hits.tolist(), strict=True) if hit}
    return np.array([exact[value] in met for value in values], dtype=bool)


def _exact(ladder: Ladder, value: str) -> str | None:
    """Return an exact value behind a population's; conditions lie on edges of its forms."""
    found = (find_value(ladder, level, value) for level in ladder.levels)
    return next((exact for exact in found if exact is not None), None)
