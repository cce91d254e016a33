"""Lint of a dataset: ladders that can't hold, and what isn't there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import LadderError
from anonymizers.populations import PopulationError
from policies.findings import Findings
from policies.ladders import column_ladder, dataset_population, dataset_taxonomy
from policies.lint.columns import unknown_column
from policies.lint.linkage import linkage_warnings
from policies.lint.migrations import migration_errors, migration_warnings
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.documents import DatasetDocument


def lint_dataset(dataset: DatasetDocument, others: Iterable[DatasetDocument] = ()) -> Findings:
    """Return what must, and what should, be corrected before the dataset is declared.

    Args:
        dataset: to declare.
        others: that are declared already, as far as they are known.
    """
    warnings = (*_warnings(dataset), *_group_warnings(dataset, others))
    return Findings.of(_errors(dataset), warnings)


def _group_warnings(
    dataset: DatasetDocument, others: Iterable[DatasetDocument]
) -> Iterator[Reason]:
    """Yield datasets that share this one's cap, and say another size of it.

    No error: files are declared one after the other, and the new size has to begin somewhere.
    """
    for other in others:
        shared = dataset.budget_group is not None and dataset.budget_group == other.budget_group
        if shared and other.dataset != dataset.dataset and other.budget != dataset.budget:
            params = {"path": "budget", "other": other.dataset, "group": str(other.budget_group)}
            sizes = {"theirs": _size(other), "ours": _size(dataset)}
            yield Reason("budget-group-differs", {**params, **sizes})


def _size(dataset: DatasetDocument) -> str:
    budget = dataset.budget
    return "-" if budget is None else f"epsilon {budget.epsilon:g}, delta {budget.delta:g}"


def _errors(dataset: DatasetDocument) -> Iterator[Reason]:
    for name in dataset.ladders:
        yield from _taxonomy_errors(dataset, name)
    for name in dataset.populations:
        yield from _population_errors(dataset, name)
    for name, column in dataset.columns.items():
        if column.ladder not in dataset.ladders:
            yield from _ladder_errors(dataset, name)
    yield from migration_errors(dataset)


def _taxonomy_errors(dataset: DatasetDocument, name: str) -> Iterator[Reason]:
    try:
        dataset_taxonomy(dataset, name)
    except LadderError as error:
        yield Reason("ladder-broken", {"path": f"ladders.{name}", "detail": str(error)})


def _population_errors(dataset: DatasetDocument, name: str) -> Iterator[Reason]:
    path = f"populations.{name}"
    try:
        population = dataset_population(dataset, name)
    except PopulationError as error:
        yield Reason("population-broken", {"path": path, "detail": str(error)})
        return
    for column in population.columns:
        declared = dataset.columns.get(column)
        if declared is None:
            yield unknown_column(path, column, dataset)
        elif declared.role != "quasi_identifier":
            params = {"path": path, "column": column, "role": declared.role}
            yield Reason("population-column-not-quasi", params)


def _ladder_errors(dataset: DatasetDocument, name: str) -> Iterator[Reason]:
    try:
        column_ladder(dataset, name)
    except LadderError as error:
        yield Reason("ladder-broken", {"path": f"columns.{name}", "detail": str(error)})


def _warnings(dataset: DatasetDocument) -> Iterator[Reason]:
    if dataset.privacy_unit is None:
        yield Reason("no-privacy-unit", {"path": "privacy_unit", "dataset": dataset.dataset})
    if dataset.linkage is not None:
        yield from linkage_warnings(dataset.linkage, dataset)
    yield from migration_warnings(dataset)
