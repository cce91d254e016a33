"""One node at a time: whether its levels satisfy the model, and what they cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import at_least_alone, group, pack
from anonymizers.losses import kept_cost, mean, share, suppressed_cost
from anonymizers.standing import left_out, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.lattice import Node
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable

MOST_KEPT = 4_000_000  # rows of all merged tables kept for later checks, about 200 MB
WORTH_KEEPING = 0.75  # a merged table that keeps more than this share of the rows saves nothing
WHEN_TO_MERGE = 2  # the how-manieth check of the same lumped columns is worth a merge


@dataclass(frozen=True)
class Verdict:
    """A node that satisfies the model.

    Attributes:
        suppressed: people left out on it.
        losses: the loss of each column; loss: their mean.
    """

    suppressed: int
    losses: tuple[float, ...]

    @property
    def loss(self) -> float:
        """The loss that the search minimizes."""
        return mean(self.losses)


class Checks:
    """Checks nodes of one table, on merged rows where that is the same and cheaper.

    Attributes:
        table, ladders: what is searched, a ladder for each column.
        count: nodes checked so far.
    """

    def __init__(self, table: WeightedTable, ladders: Sequence[Hierarchy], model: Model) -> None:
        """Start on the table as it is: every column at its floor."""
        self.table, self.ladders, self.count = table, tuple(ladders), 0
        self._model = model
        self._limit = min(model.max_suppressed(table.total), table.total - 1)
        self._rows = _Rows(_only(table, model), self.ladders)
        self._costs = [
            _costs(ladder, codes, table.people)
            for ladder, codes in zip(self.ladders, table.codes, strict=True)
        ]

    def plain_losses(self) -> list[NDArray[np.float64]]:
        """Return each column's loss on each of its levels, nobody left out."""
        return [
            np.array([self._share(axis, cost) for cost in costs])
            for axis, costs in enumerate(self._costs)
        ]

    def check(self, node: Node) -> Verdict | None:
        """Return what a node costs; None where it leaves out more people than allowed."""
        self.count += 1
        rows = self._rows.serving(node)
        keys = self._rows.keys(rows, node)
        if at_least_alone(keys, rows.people, self._model.k) > self._limit:
            return None  # whoever is in a class of fewer than k is left out under every model
        classes = group(keys)
        whole = rows.merged(classes)
        standings = standing(whole.people, whole.minors, whole.sensitive, self._model)
        suppressed = int(left_out(whole.people, whole.minors, standings).sum())
        if suppressed > self._limit:
            return None
        missing = left_out(rows.people, rows.minors, classes.spread(standings))
        return Verdict(suppressed, self._losses(rows, node, missing))

    def rebase(self, node: Node) -> None:
        """Serve only nodes that are nowhere finer than this one from now on."""
        self._rows.rebase(node)

    def _losses(
        self, rows: WeightedTable, node: Node, missing: NDArray[np.int64]
    ) -> tuple[float, ...]:
        """Return each column's loss, with the people left out counted as lost."""
        gone = np.flatnonzero(missing)
        losses = []
        for axis, (ladder, level) in enumerate(zip(self.ladders, node, strict=True)):
            codes = ladder.maps[level][rows.codes[axis][gone]]
            lost = suppressed_cost(ladder, level, codes, missing[gone])
            losses.append(self._share(axis, self._costs[axis][level] + lost))
        return tuple(losses)

    def _share(self, axis: int, cost: int) -> float:
        return share(cost, self.ladders[axis], max(self.table.total, 1))


def _only(table: WeightedTable, model: Model) -> WeightedTable:
    """Leave aside sensitive values that have no part in the search."""
    return replace(table, sensitive={name: table.sensitive[name] for name in model.l})


def _costs(ladder: Hierarchy, codes: NDArray[np.int32], people: NDArray[np.int64]) -> list[int]:
    """Return the cost of each level, nobody left out; this checks every code once."""
    levels = range(len(ladder.levels))
    return [kept_cost(ladder, level, ladder.codes_at(level, codes), people) for level in levels]


class _Rows:
    """The rows that serve a check: the base, or fewer where a node lumps whole columns.

    A merged row is a class on levels that are nowhere coarser than the node's, so classes of
    merged rows are classes of people. Most nodes have the same few columns on a level with a
    single form: such a set of columns gets a merged table of its own when it comes up again.
    """

    def __init__(self, table: WeightedTable, ladders: tuple[Hierarchy, ...]) -> None:
        self._ladders = ladders
        self._base, self._levels = table, (0,) * len(ladders)
        self._merged: dict[frozenset[int], WeightedTable] = {}
        self._asked: Counter[frozenset[int]] = Counter()

    def keys(self, rows: WeightedTable, node: Node) -> NDArray[np.int64]:
        """Pack the rows' codes on a node, columns with a single form left aside."""
        axes = [axis for axis in range(len(node)) if not self._is_lumped(axis, node[axis])]
        _, keys = pack(
            [self._ladders[axis].maps[node[axis]].take(rows.codes[axis]) for axis in axes],
            [len(self._ladders[axis].forms[node[axis]]) for axis in axes],
            len(rows.people),
        )
        return keys

    def serving(self, node: Node) -> WeightedTable:
        """Return the fewest rows at hand that tell a node's classes apart."""
        lumped = frozenset(axis for axis, level in enumerate(node) if self._is_lumped(axis, level))
        nearest = self._nearest(lumped)
        self._asked[lumped] += 1
        if self._asked[lumped] != WHEN_TO_MERGE:
            return nearest
        merged = self._merge(nearest, lumped, node)
        if len(merged.people) <= WORTH_KEEPING * len(nearest.people):
            self._keep(lumped, merged)
        return merged

    def rebase(self, node: Node) -> None:
        """Make the classes on a node the base."""
        if node != self._levels:
            self._base, self._levels = self._base.merged(group(self.keys(self._base, node))), node
            self._merged.clear()
            self._asked.clear()

    def _nearest(self, lumped: frozenset[int]) -> WeightedTable:
        """Return the smallest table that lumps no more columns than these."""
        tables = (rows for axes, rows in self._merged.items() if axes <= lumped)
        return min(tables, key=lambda rows: len(rows.people), default=self._base)

    def _merge(self, rows: WeightedTable, lumped: frozenset[int], node: Node) -> WeightedTable:
        """Merge rows that differ in lumped columns alone."""
        levels = tuple(
            node[axis] if axis in lumped else base for axis, base in enumerate(self._levels)
        )
        return rows.merged(group(self.keys(rows, levels)))

    def _keep(self, lumped: frozenset[int], rows: WeightedTable) -> None:
        """Keep a merged table; give up the oldest ones for it."""
        self._merged[lumped] = rows
        while sum(len(kept.people) for kept in self._merged.values()) > MOST_KEPT:
            self._merged.pop(next(iter(self._merged)))

    def _is_lumped(self, axis: int, level: int) -> bool:
        return len(self._ladders[axis].forms[level]) == 1
