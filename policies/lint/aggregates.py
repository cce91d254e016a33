"""Lint of a policy's aggregate section: budgets within the dataset's, bounded measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.lint.columns import known_ladder, unknown_column, unknown_level
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import (
        AggregateBudget,
        AggregateDocument,
        DatasetDocument,
        GroupBy,
        Measure,
    )

KEY_ROLES = ("quasi_identifier", "sensitive", "insensitive")


def aggregate_errors(aggregate: AggregateDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what is wrong with the measures, keys and budget of an aggregate section."""
    yield from _budget_errors(aggregate.budget, dataset)
    for number, measure in enumerate(aggregate.measures):
        yield from _measure_errors(f"aggregate.measures[{number}]", measure, dataset)
    for number, group_by in enumerate(aggregate.group_by):
        yield from _key_errors(f"aggregate.group_by[{number}]", group_by, dataset)


def _budget_errors(budget: AggregateBudget, dataset: DatasetDocument) -> Iterator[Reason]:
    total = dataset.budget
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


def _measure_errors(path: str, measure: Measure, dataset: DatasetDocument) -> Iterator[Reason]:
    name = measure.column
    if name is None:
        return
    column = dataset.columns.get(name)
    if column is None:
        yield unknown_column(path, name, dataset)
    elif column.type not in ("integer", "decimal") or column.bounds is None:
        yield Reason("measure-without-bounds", {"path": path, "column": name})


def _key_errors(path: str, group_by: GroupBy, dataset: DatasetDocument) -> Iterator[Reason]:
    name = group_by.column
    column = dataset.columns.get(name)
    if column is None:
        yield unknown_column(path, name, dataset)
        return
    if column.role not in KEY_ROLES:
        yield Reason("key-column-not-data", {"path": path, "column": name, "role": column.role})
        return
    ladder = known_ladder(dataset, name)
    if ladder is not None and group_by.level is not None:
        yield from unknown_level(f"{path}.level", group_by.level, ladder)
