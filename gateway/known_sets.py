"""Cells of a sensitive column as the sets of known values that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.unknown_values import is_known
from gateway.lake.lookups import Lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan

WORD = 64


@dataclass(frozen=True)
class KnownSets:
    """The distinct cells of a column.

    Attributes:
        lookup: numbers each stored value by its cell; -1 where nothing is known.
        masks: (cells, words) uint64, the known values of each cell as bits.
    """

    lookup: Lookup
    masks: NDArray[np.uint64]

    @classmethod
    def of(
        cls,
        stored: pa.Array,
        released: pa.Array,
        separator: str | None,
        says_nothing: Sequence[str],
    ) -> KnownSets:
        """Split what would be released of the stored values into known values.

        Args:
            stored: (n,) distinct values as the lake has them.
            released: (n,) the same as they would leave.
            separator: of several codes in a cell; None where a cell has one.
            says_nothing: values that count as unknown, besides those that always do.
        """
        texts = released.cast(pa.string()).to_pylist()
        cells = [frozenset(_known(cell, separator, says_nothing)) for cell in texts]
        numbers = {cell: number for number, cell in enumerate(dict.fromkeys(filter(None, cells)))}
        codes = np.array([numbers.get(cell, -1) for cell in cells], dtype=np.int32)
        return cls(Lookup(stored, codes), _masks(list(numbers)))


def released_separators(plan: ExtractPlan, dataset: DatasetDocument) -> dict[str, str]:
    """Return what stands between the codes of a cell, where l names a column with several."""
    leaving = (one for one in plan.columns if one.transform is None or one.transform.keeps_sets)
    marks = {column.name: dataset.columns[column.name].multiple for column in leaving}
    counted = plan.protection.model.l
    return {name: mark for name, mark in marks.items() if mark is not None and name in counted}


def _known(cell: str | None, separator: str | None, says_nothing: Sequence[str]) -> list[str]:
    parts = [] if cell is None else [cell] if separator is None else cell.split(separator)
    return [part for part in parts if is_known(part, says_nothing)]


def _masks(cells: list[frozenset[str]]) -> NDArray[np.uint64]:
    """Give each value a bit."""
    values = sorted(frozenset[str]().union(*cells))
    bits = {value: bit for bit, value in enumerate(values)}
    masks = np.zeros((len(cells), -(-len(values) // WORD) or 1), dtype=np.uint64)
    for row, cell in enumerate(cells):
        for value in cell:
            masks[row, bits[value] // WORD] |= np.uint64(1 << bits[value] % WORD)
    return masks
