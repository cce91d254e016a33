"""The table that advice is given on: combinations of floor codes, with the values that l counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.hierarchies import Hierarchy
from anonymizers.weighted import weighted_table
from gateway.known_sets import KnownSets, released_separators
from gateway.lake.lookups import Lookup
from gateway.sensitive_values import sensitive_values
from policies.ladders import column_ladder

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb
    from anonymizers.weighted import WeightedTable
    from gateway.lake.selection import Selection
    from gateway.transforming import Transforms
    from policies.documents import DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan


def advised_table(
    selection: Selection, dataset: DatasetDocument, plan: ExtractPlan, transforms: Transforms
) -> tuple[WeightedTable, dict[str, Hierarchy]]:
    """Group the selected records on the plan's floors.

    Args:
        selection: of the plan's records.
        dataset: its declaration.
        plan: of the policy with the finest floors; l names all sensitive columns that count.
        transforms: say what values leave as.

    Returns:
        The weighted distinct table, and a hierarchy for each of its columns.
    """
    hierarchies, lookups = {}, {}
    for column, climb in _climbs(selection, dataset, plan):
        hierarchies[column.name] = Hierarchy.between(climb, column.floor, column.ceiling)
        lookups[column.name] = Lookup(climb.values, climb.rung(column.floor).codes)
    coded, masks = _sensitive(selection, dataset, plan, transforms)
    grouped = selection.weighted(lookups, coded)
    return weighted_table(grouped, list(lookups), list(coded), (), masks), hierarchies


def _sensitive(
    selection: Selection, dataset: DatasetDocument, plan: ExtractPlan, transforms: Transforms
) -> tuple[dict[str, Lookup], dict[str, NDArray[np.uint64]]]:
    """Code the values of the columns that l names; of cells with several, the sets as well."""
    marks = released_separators(plan, dataset)
    coded: dict[str, Lookup] = {}
    masks: dict[str, NDArray[np.uint64]] = {}
    for name in plan.protection.l:
        stored = selection.distinct(name)
        released = transforms.by_value(name, stored)
        if name in marks:
            sets = KnownSets.of(stored, released, marks[name])
            coded[name], masks[name] = sets.lookup, sets.masks
        else:
            coded[name] = sensitive_values(dataset.columns[name], stored, released).lookup
    return coded, masks


def _climbs(
    selection: Selection, dataset: DatasetDocument, plan: ExtractPlan
) -> Iterator[tuple[ColumnPlan, Climb]]:
    for column in plan.columns:
        ladder = column_ladder(dataset, column.name, column.min_population)
        if column.quasi_identifier and ladder is not None:
            yield column, ladder.climb(selection.distinct(column.name))
