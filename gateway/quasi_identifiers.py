"""The quasi-identifiers of one selection: their ladders, their levels as arrays, their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.hierarchies import Hierarchy
from gateway.lake.lookups import Lookup
from policies.ladders import column_ladder

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from anonymizers.ladders.base import Ladder
    from gateway.lake.selection import Selection
    from policies.documents import DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan


@dataclass(frozen=True)
class QuasiIdentifiers:
    """What is known of each quasi-identifier, by its name, in the plan's order.

    Attributes:
        plans: how it leaves.
        ladders: its ladder, with the policy's floor of people in a place.
        hierarchies: the ladder between the policy's floor and ceiling, over the selected values.
        lookups: the code at the floor of each selected value.
    """

    plans: Mapping[str, ColumnPlan]
    ladders: Mapping[str, Ladder]
    hierarchies: Mapping[str, Hierarchy]
    lookups: Mapping[str, Lookup]

    @classmethod
    def of(
        cls, selection: Selection, dataset: DatasetDocument, plan: ExtractPlan
    ) -> QuasiIdentifiers:
        """Climb the ladders of the selected values.

        Raises:
            LakeError: the lake can't be read.
        """
        plans = {column.name: column for column in plan.columns if column.quasi_identifier}
        ladders = {name: _ladder(dataset, column) for name, column in plans.items()}
        hierarchies, lookups = {}, {}
        for name, column in plans.items():
            climb = ladders[name].climb(selection.distinct(name))
            hierarchies[name] = Hierarchy.between(climb, column.floor, column.ceiling)
            lookups[name] = Lookup(climb.values, climb.rung(column.floor).codes)
        return cls(plans, ladders, hierarchies, lookups)

    def kind(self, name: str) -> pa.DataType:
        """Return the type of a column's stored values."""
        return self.lookups[name].values.type


def _ladder(dataset: DatasetDocument, column: ColumnPlan) -> Ladder:
    ladder = column_ladder(dataset, column.name, column.min_population)
    assert ladder is not None  # noqa: S101 - the lint refuses a coarsened column without one
    return ladder
