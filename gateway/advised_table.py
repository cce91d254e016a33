"""The table that advice is given on: combinations of floor codes, with the values that l counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.weighted import weighted_table
from gateway.known_sets import KnownSets, released_separators
from gateway.quasi_identifiers import QuasiIdentifiers
from gateway.sensitive_values import sensitive_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.weighted import WeightedTable
    from gateway.lake.lookups import Lookup
    from gateway.lake.selection import Selection
    from gateway.transforming import Transforms
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan


def advised_table(
    selection: Selection, dataset: DatasetDocument, plan: ExtractPlan, transforms: Transforms
) -> tuple[WeightedTable, Mapping[str, Hierarchy]]:
    """Group the selected records on the plan's floors.

    Args:
        selection: of the plan's records.
        dataset: its declaration.
        plan: of the policy with the finest floors; l names all sensitive columns that count.
        transforms: say what values leave as.

    Returns:
        The weighted distinct table, and a hierarchy for each of its columns.
    """
    quasi = QuasiIdentifiers.of(selection, dataset, plan)
    coded, masks = _sensitive(selection, dataset, plan, transforms)
    grouped = selection.weighted(quasi.lookups, coded)
    table = weighted_table(grouped, list(quasi.lookups), list(coded), (), masks)
    return table, quasi.hierarchies


def _sensitive(
    selection: Selection, dataset: DatasetDocument, plan: ExtractPlan, transforms: Transforms
) -> tuple[dict[str, Lookup], dict[str, NDArray[np.uint64]]]:
    """Code the values of the columns that l names; of cells with several, the sets as well."""
    marks = released_separators(plan, dataset)
    coded: dict[str, Lookup] = {}
    masks: dict[str, NDArray[np.uint64]] = {}
    for name in plan.protection.l:
        stored, column = selection.distinct(name), dataset.columns[name]
        released = transforms.by_value(name, stored)
        if name in marks:
            sets = KnownSets.of(stored, released, marks[name], column.says_nothing)
            coded[name], masks[name] = sets.lookup, sets.masks
        else:
            coded[name] = sensitive_values(column, stored, released).lookup
    return coded, masks
