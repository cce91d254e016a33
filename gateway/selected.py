"""What was selected for one extract: the records as stored, and what their values leave as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.known_sets import KnownSets, released_separators

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from gateway.lake.selection import Selection
    from gateway.transforming import Transforms
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan


@dataclass(frozen=True)
class Selected:
    """The records that one plan may read, before anything is decided about them.

    Attributes:
        plan: what is permitted.
        dataset: as declared.
        records: in the lake; there as long as their selection is open.
        everybody: the same without the conditions of the request, where t compares with them; else
            the records.
        transforms: change values on their way out.
    """

    plan: ExtractPlan
    dataset: DatasetDocument
    records: Selection
    everybody: Selection
    transforms: Transforms

    def values(self, column: str) -> tuple[pa.Array, pa.Array]:
        """Return the distinct stored values of everybody, and what each is released as.

        Raises:
            LakeError: the lake can't be read.
        """
        stored = self.everybody.distinct(column)
        return stored, self.transforms.by_value(column, stored)

    def known_sets(self, columns: Iterable[str]) -> dict[str, KnownSets]:
        """Split the cells of sensitive columns into their known values.

        Raises:
            LakeError: the lake can't be read.
        """
        marks, declared = released_separators(self.plan, self.dataset), self.dataset.columns
        return {
            name: KnownSets.of(*self.values(name), marks.get(name), declared[name].says_nothing)
            for name in columns
        }
