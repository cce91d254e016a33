"""Proposals of local recoding: a level for each row and column, and what betters them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import Grouping, group, pack
from anonymizers.standing import WHOLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.partitions import Partition
    from anonymizers.weighted import WeightedTable

Proposal = Mapping[str, "NDArray[np.int64]"]


def specialize(
    table: WeightedTable, hierarchies: Mapping[str, Hierarchy], proposed: Proposal
) -> Proposal:
    """Put each class on finer levels as far as all its people share the finer form.

    Nobody leaves its class by that, and nobody in it can be told from the others; the column
    only says what all of them have in common, which no sweep over part of the nodes sees.
    """
    classes = _taken_together(table, hierarchies, proposed)
    return {
        name: _finest_shared(hierarchies[name], codes, proposed[name], classes)
        for name, codes in table.by_column()
    }


def _taken_together(
    table: WeightedTable, hierarchies: Mapping[str, Hierarchy], proposed: Proposal
) -> Grouping:
    """Group rows by level and code of every column."""
    columns, sizes = [], []
    for name, codes in table.by_column():
        hierarchy, levels = hierarchies[name], proposed[name]
        columns += [levels.astype(np.int32), np.stack(hierarchy.maps)[levels, codes]]
        sizes += [len(hierarchy.levels), len(hierarchy.forms[0])]
    return group(pack(columns, sizes, len(table.people))[1])


def _finest_shared(
    hierarchy: Hierarchy,
    codes: NDArray[np.int32],
    levels: NDArray[np.int64],
    classes: Grouping,
) -> NDArray[np.int64]:
    of_class = levels[classes.first]
    for level in range(len(hierarchy.levels) - 1, 0, -1):
        finer = hierarchy.maps[level - 1].take(codes)[classes.order]
        low = np.minimum.reduceat(finer, classes.starts)
        alike = low == np.maximum.reduceat(finer, classes.starts)
        of_class = np.where(alike & (of_class == level), level - 1, of_class)
    return of_class[classes.class_of_rows()]


def give_back(
    table: WeightedTable,
    hierarchies: Mapping[str, Hierarchy],
    proposed: Proposal,
    classes: Partition,
) -> Proposal:
    """Let whoever is left out stand with one more class, on what both share.

    A class that is safe, and those left out under the same ceilings, are k people together, and
    have its values. Of the classes under these ceilings the one that loses least is taken. Where
    minors or shares of values ask for more, this helps again and again, or it doesn't help.
    """
    number = classes.number(dict(table.by_column()), len(table.people))
    whole = classes.standing[number] == WHOLE
    roof = _under_ceilings(table, hierarchies)
    useful = np.flatnonzero(whole & np.isin(roof, roof[~whole]))
    cost = np.bincount(
        number[useful],
        weights=_cost_of_ceilings(table, hierarchies, classes, number)[useful],
        minlength=len(classes.people),
    )
    best = useful[np.lexsort((number[useful], cost[number[useful]], roof[useful]))]
    chosen = number[best[np.unique(roof[best], return_index=True)[1]]]
    moved = np.isin(number, chosen) | ~whole
    higher = {
        name: np.where(moved, len(hierarchies[name].levels) - 1, proposed[name])
        for name in table.columns
    }
    return specialize(table, hierarchies, higher)


def _under_ceilings(
    table: WeightedTable, hierarchies: Mapping[str, Hierarchy]
) -> NDArray[np.int64]:
    columns = [hierarchies[name].maps[-1].take(codes) for name, codes in table.by_column()]
    sizes = [len(hierarchies[name].forms[-1]) for name in table.columns]
    return group(pack(columns, sizes, len(table.people))[1]).class_of_rows()


def _cost_of_ceilings(
    table: WeightedTable,
    hierarchies: Mapping[str, Hierarchy],
    classes: Partition,
    number: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return what it would cost to put each row on the ceilings."""
    cost = np.zeros(len(table.people))
    for name, codes in table.by_column():
        hierarchy = hierarchies[name]
        top = hierarchy.widths[-1][hierarchy.maps[-1].take(codes)]
        cost += (top - classes.widths(hierarchy, name, codes, number)) / hierarchy.span
    return cost * table.people
