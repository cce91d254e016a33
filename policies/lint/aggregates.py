"""Lint of a policy's aggregate section: what no request could be answered by, or nobody should."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from anonymizers.noise.mechanisms import WIDEST
from policies.aggregates.amounts import NUMBERS, ORDERED, centred, unit_bounds
from policies.aggregates.components import Amounts
from policies.documents.dataset import ROW
from policies.lint.columns import unknown_column
from policies.lint.keys import key_errors, key_warnings
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import (
        AggregateDocument,
        DatasetDocument,
        GroupBy,
        Measure,
        ReviewDocument,
    )

MEASURED = {"sum": NUMBERS, "mean": NUMBERS, "quantile": ORDERED}


def aggregate_errors(
    aggregate: AggregateDocument, review: ReviewDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Yield what is wrong with the measures, keys, budget and review of an aggregate section."""
    if review.aggregate > 0:
        yield Reason("aggregate-review-later", {"path": "review.aggregate"})
    if dataset.privacy_unit == ROW and aggregate.max_records_per_person > 1:
        params = {"path": "aggregate.max_records_per_person", "dataset": dataset.dataset}
        yield Reason("records-without-person", params)
    yield from _budget_errors(aggregate, dataset)
    for number, measure in enumerate(aggregate.measures):
        yield from _measure_errors(f"aggregate.measures[{number}]", measure, aggregate, dataset)
    for number, key in enumerate(aggregate.group_by):
        path = f"aggregate.group_by[{number}]"
        yield from key_errors(path, key.column, key.level, dataset, private=key.private)
        yield from _delta_errors(path, key, aggregate)


def aggregate_warnings(aggregate: AggregateDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what can be asked at a price, or in a part only."""
    if aggregate.budget.rho is None:
        params = {"path": "aggregate.budget", "dataset": dataset.dataset}
        yield Reason("rho-for-everybody", params)
    if aggregate.bounding == "per-query":
        params = {"path": "aggregate.bounding", "records": str(aggregate.max_records_per_person)}
        yield Reason("bounding-per-query", params)
    for number, key in enumerate(aggregate.group_by):
        if not key.private:
            path = f"aggregate.group_by[{number}]"
            yield from key_warnings(path, key.column, key.level, dataset)
    for number, measure in enumerate(aggregate.measures):
        at = measure.histogram
        if at is not None:
            yield from key_warnings(f"aggregate.measures[{number}]", at.column, at.level, dataset)


def _budget_errors(aggregate: AggregateDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    total, budget = dataset.budget, aggregate.budget
    if total is None:
        params = {"path": "aggregate.budget", "dataset": dataset.dataset}
        yield Reason("dataset-without-budget", params)
        return
    pairs = {
        "epsilon": (budget.epsilon, total.epsilon),
        "delta": (budget.delta, total.delta),
    }
    for name, (asked, most) in pairs.items():
        if asked > most:
            params = {"path": f"aggregate.budget.{name}", "asked": f"{asked:g}"}
            yield Reason("budget-above-dataset", {**params, "most": f"{most:g}"})


def _delta_errors(path: str, key: GroupBy, aggregate: AggregateDocument) -> Iterator[Reason]:
    if key.private and key.delta is None:
        yield Reason("private-keys-without-delta", {"path": path, "column": key.column})
    if key.delta is None:
        return
    if not key.private:
        needs = {"path": f"{path}.delta", "key": "delta", "other": "keys: private"}
        yield Reason("key-needs-key", needs)
    elif key.delta > aggregate.budget.delta:
        params = {"path": f"{path}.delta", "asked": f"{key.delta:g}"}
        yield Reason("delta-above-budget", {**params, "most": f"{aggregate.budget.delta:g}"})


def _measure_errors(
    path: str, measure: Measure, aggregate: AggregateDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    name = measure.column
    if name is None:
        return
    if measure.kind in MEASURED:
        yield from _amount_errors(path, measure, aggregate, dataset)
    else:
        level = None if measure.histogram is None else measure.histogram.level
        yield from key_errors(path, name, level, dataset)


def _amount_errors(
    path: str, measure: Measure, aggregate: AggregateDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    name, types = str(measure.column), MEASURED[measure.kind]
    column, params = dataset.columns.get(name), {"path": path, "column": name}
    if column is None:
        yield unknown_column(path, name, dataset)
        return
    bounds = unit_bounds(column)
    if column.type not in types or column.bounds is None:
        yield Reason("measure-without-bounds", {**params, "allowed": ", ".join(types)})
    elif bounds is None:
        yield Reason("bounds-off-scale", {**params, "scale": str(column.scale or 0)})
    elif measure.kind != "quantile":
        amounts = Amounts(name, *bounds)
        if measure.kind == "mean":
            amounts = centred(amounts)
        if _is_too_wide(amounts, aggregate):
            yield Reason("sum-too-wide", params)


def _is_too_wide(amounts: Amounts, aggregate: AggregateDocument) -> bool:
    """Answer whether not even the whole budget buys noise that samplers draw."""
    largest = max(abs(amounts.low - amounts.offset), abs(amounts.high - amounts.offset))
    moved = aggregate.max_records_per_person * largest
    return moved > WIDEST * Fraction(str(aggregate.budget.epsilon))
