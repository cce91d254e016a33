"""The weighted table of one extract's people, each with one record: grouped by their codes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from anonymizers.populations import Source, map_population
from anonymizers.weighted import WeightedTable, weighted_table
from gateway.known_sets import released_separators
from gateway.lake.filters import people_asked_for
from gateway.sensitive_values import SensitiveValues, sensitive_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.quasi_identifiers import QuasiIdentifiers
    from gateway.selected import Selected


def group_people(
    selected: Selected, quasi: QuasiIdentifiers
) -> tuple[WeightedTable, dict[str, SensitiveValues]]:
    """Group people by their codes; with k-map, put the population beside them.

    Args:
        selected: the records, one of each person.
        quasi: their quasi-identifiers.

    Returns:
        The weighted table at the floors, with every sensitive column of the plan's model; and the
        values of those that have one in a cell.

    Raises:
        LakeError: the lake can't be read.
    """
    model = selected.plan.protection.model
    several = selected.known_sets(released_separators(selected.plan, selected.dataset))
    values = _values(selected, [name for name in model.sensitive if name not in several])
    coded = {name: one.lookup for name, one in values.items()}
    coded |= {name: cells.lookup for name, cells in several.items()}
    grouped = selected.records.weighted(quasi.lookups, coded)
    masks = {name: cells.masks for name, cells in several.items()}
    table = weighted_table(grouped, list(quasi.lookups), list(coded), model.counted, masks)
    if selected.everybody is not selected.records:
        table = table.against(_everybody(selected, values), model.t)
    return _beside_population(table, selected, quasi), values


def _values(selected: Selected, columns: list[str]) -> dict[str, SensitiveValues]:
    """Code the values of sensitive columns."""
    declared = selected.dataset.columns
    return {name: sensitive_values(declared[name], *selected.values(name)) for name in columns}


def _everybody(selected: Selected, values: Mapping[str, SensitiveValues]) -> WeightedTable:
    """Count everybody by the values of the columns that t names, whatever was asked for."""
    coded = {name: values[name].lookup for name in selected.plan.protection.model.t}
    return weighted_table(selected.everybody.weighted({}, coded), [], list(coded), [*coded])


def _beside_population(
    table: WeightedTable, selected: Selected, quasi: QuasiIdentifiers
) -> WeightedTable:
    population = people_asked_for(selected.plan, selected.dataset)
    if population is None:
        return table
    sources = {name: Source(ladder, quasi.kind(name)) for name, ladder in quasi.ladders.items()}
    mapped = map_population(population, table.columns, quasi.hierarchies, sources)
    return replace(table, population=mapped)
