"""The equivalence classes of an extract: which there are, and who of each is released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import Packing, group, pack, rank
from anonymizers.hierarchies import forms_at, look_up
from anonymizers.standing import left_out, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable


@dataclass(frozen=True)
class Classes:
    """Every class on the levels found, numbered by its released forms.

    Class numbers follow the sorted released forms (NULL first), column by column: neither the
    order of rows nor the order in which values were met changes them.

    Attributes:
        levels: the level of each column.
        standing: (classes,) LEFT_OUT, ADULTS_ONLY or WHOLE.
        people: (classes,) how many people of it are released.
        keys: (classes,) sorted packed ranks of the released forms.
        packing: how these keys are made.
        ranks: for each column the rank of the released form of each floor code.
    """

    levels: Mapping[str, str]
    standing: NDArray[np.uint8]
    people: NDArray[np.int64]
    keys: NDArray[np.int64]
    packing: Packing
    ranks: Mapping[str, NDArray[np.int32]]

    @classmethod
    def build(
        cls,
        table: WeightedTable,
        hierarchies: Mapping[str, Hierarchy],
        levels: Mapping[str, str],
        model: Model,
    ) -> Classes:
        """Group a weighted table on the levels found and decide who stays, l included."""
        ranks = {name: form_ranks(hierarchies[name], levels[name]) for name in table.columns}
        packing, keys = pack(
            [look_up(ranks[name], codes) for name, codes in table.by_column()],
            [int(ranks[name].max(initial=0)) + 1 for name in table.columns],
            len(table.people),
        )
        classes = group(keys)
        merged = table.merged(classes)
        standings = standing(merged, model, _mapped(merged, hierarchies, levels))
        stay = merged.people - left_out(merged.people, merged.minors, standings)
        return cls(dict(levels), standings, stay, classes.keys, packing, ranks)

    def number(self, codes: Mapping[str, NDArray[np.int32]], rows: int) -> NDArray[np.int64]:
        """Return the class of each row, given by floor codes.

        Raises:
            LadderError, UnknownClassError: rows of another snapshot than the classes.
        """
        ranked = [look_up(self.ranks[name], codes[name]) for name in self.ranks]
        return rank(self.keys, self.packing.keys(ranked, rows))

    @property
    def stands_on(self) -> Mapping[str, tuple[str, ...]]:
        """For each column its one level; see `Partition`."""
        return {name: (level,) for name, level in self.levels.items()}

    def forms(
        self, hierarchy: Hierarchy, name: str, codes: NDArray[np.int32], number: NDArray[np.int64]
    ) -> pa.Array:
        """Return a column's released forms of rows; see `Partition`."""
        del number  # a floor code has one form, whatever its class
        level = hierarchy.levels.index(self.levels[name])
        return forms_at(hierarchy.forms[level], hierarchy.codes_at(level, codes))

    def widths(
        self, hierarchy: Hierarchy, name: str, codes: NDArray[np.int32], number: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return how many leaves lie under these forms, less one; see `Partition`."""
        del number
        level = hierarchy.levels.index(self.levels[name])
        widths: NDArray[np.int64] = hierarchy.widths[level][hierarchy.codes_at(level, codes)]
        return widths


def _mapped(
    merged: WeightedTable, hierarchies: Mapping[str, Hierarchy], levels: Mapping[str, str]
) -> NDArray[np.int64] | None:
    ladders = [hierarchies[name] for name in merged.columns]
    node = tuple(hierarchies[name].levels.index(levels[name]) for name in merged.columns)
    return merged.mapped(ladders, node)


def form_ranks(hierarchy: Hierarchy, level: str) -> NDArray[np.int32]:
    """Return, for each floor code, its form's place among the level's sorted forms."""
    index = hierarchy.levels.index(level)
    forms = hierarchy.forms[index]
    in_order = sorted(range(len(forms)), key=lambda code: (forms[code] is not None, forms[code]))
    places = np.empty(len(forms) + 1, dtype=np.int32)
    places[in_order] = np.arange(len(forms), dtype=np.int32)
    places[-1] = -1  # where the map has no code, there is no rank
    return places[hierarchy.maps[index]]
