"""Lint of k-map: a population that fits the columns that the policy releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import LadderError
from anonymizers.populations import PopulationError, find_value
from policies.documents.problems import suggested
from policies.ladders import column_ladder, dataset_population
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonymizers.ladders.base import Ladder
    from anonymizers.populations import Population
    from policies.documents import DatasetDocument, ExtractDocument, PopulationRule

PATH = "extract.protect.k_map"


def population_errors(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what keeps k-map from being counted."""
    rule = extract.protect.k_map
    if rule is None:
        return
    if rule.population not in dataset.populations:
        like = suggested(rule.population, tuple(dataset.populations))
        params = {"path": f"{PATH}.population", "population": rule.population, **like}
        yield Reason("unknown-population", params)
        return
    try:
        population = dataset_population(dataset, rule.population)
    except PopulationError:
        return  # the dataset's own lint says what is wrong
    yield from _column_errors(rule, population, extract, dataset)


def _column_errors(
    rule: PopulationRule,
    population: Population,
    extract: ExtractDocument,
    dataset: DatasetDocument,
) -> Iterator[Reason]:
    known = False
    for name, values in population.columns.items():
        column = extract.columns.get(name)
        if column is None or column.coarsen is None or name not in dataset.columns:
            continue
        known = True
        try:
            ladder = column_ladder(dataset, name, column.coarsen.min_population)
        except LadderError:
            continue  # the dataset's own lint says what is wrong
        if ladder is not None:
            floor = column.coarsen.floor or ladder.levels[0]
            yield from _value_errors(name, values, ladder, floor)
    if not known:
        yield Reason("population-apart", {"path": PATH, "population": rule.population})


def _value_errors(
    name: str, values: tuple[str, ...], ladder: Ladder, floor: str
) -> Iterator[Reason]:
    if floor not in ladder.levels:
        return  # the column's own lint says so
    for value in dict.fromkeys(values):
        if find_value(ladder, floor, value) is None:
            params = {"path": PATH, "column": name, "value": value[:80], "floor": floor}
            yield Reason("population-value-unknown", params)
            return


def population_warnings(extract: ExtractDocument) -> Iterator[Reason]:
    """Yield a k-map that asks no more than k does."""
    rule = extract.protect.k_map
    if rule is not None and rule.k <= extract.protect.k:
        params = {"path": f"{PATH}.k", "k_map": str(rule.k), "k": str(extract.protect.k)}
        yield Reason("k-map-not-above-k", params)
