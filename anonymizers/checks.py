"""One node at a time: whether its levels satisfy the model, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import operator
import numpy as np

ANCHOR = 10

from anonymizers.grouping import Grouping, Tally, at_least_alone, group, is_dense, pack
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
WORTH_KEEPING = 0.75  # a merged table with more than this share of the base's rows saves nothing


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
        self._rows = _Rows(table, self.ladders)  # the costs below check every code once
        self._has_minors = bool(table.minors.any())
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
        classes = self._classes(rows, node)
        if classes is None:
            return None
        people = classes.sums(rows.people)
        minors = classes.sums(rows.minors) if self._has_minors else np.zeros_like(people)
        standings = standing(people, minors, self._sensitive(rows, classes), self._model)
        suppressed = int(left_out(people, minors, standings).sum())
        if suppressed > self._limit:
            return None
        missing = left_out(rows.people, rows.minors, classes.spread(standings))
        return Verdict(suppressed, self._losses(rows, node, missing))

    def rebase(self, node: Node) -> None:
        """Serve only nodes that are nowhere finer than this one from now on."""
        self._rows.rebase(node)

    def _classes(self, rows: WeightedTable, node: Node) -> Tally | Grouping | None:
        """Group rows on a node's levels; None where a cheap bound shows that too many fail.

        Who is in a class of fewer than k is left out under every model. Sets of sensitive
        values can only be joined in sorted rows.
        """
        span, keys = self._rows.keys(rows, node)
        if not is_dense(span, len(keys)):
            if at_least_alone(keys, rows.people, self._model.k) > self._limit:
                return None
            return group(keys)
        return group(keys) if self._model.l else Tally(keys, span)

    def _sensitive(
        self, rows: WeightedTable, classes: Tally | Grouping
    ) -> dict[str, SensitiveSets]:
        if isinstance(classes, Tally):
            return {}
        return {name: rows.sensitive[name].joined(classes) for name in self._model.l}

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


def _costs(ladder: Hierarchy, codes: NDArray[np.int32], people: NDArray[np.int64]) -> list[int]:
    levels = range(len(ladder.levels))
    return [kept_cost(ladder, level, ladder.codes_at(level, codes), people) for level in levels]


class _Rows:
    """The rows that serve a check: the base, or fewer where a node lumps whole columns.

    A merged row is a class on levels that are nowhere coarser than the node's, so classes of
    merged rows are classes of people. Most nodes have the same few columns on a level with a
    single form; for each such set of columns one merged table is kept.
    """

    def __init__(self, table: WeightedTable, ladders: tuple[Hierarchy, ...]) -> None:
        self._ladders = ladders
        self._base, self._levels = table, (0,) * len(ladders)
        self._merged: dict[tuple[int, ...], WeightedTable] = {}

    def keys(self, rows: WeightedTable, node: Node) -> tuple[int, NDArray[np.int64]]:
        """Pack the rows' codes on a node, columns with a single form left aside."""
        axes = [axis for axis in range(len(node)) if not self._is_lumped(axis, node[axis])]
        packing, keys = pack(
            [self._ladders[axis].maps[node[axis]].take(rows.codes[axis]) for axis in axes],
            [len(self._ladders[axis].forms[node[axis]]) for axis in axes],
            len(rows.people),
        )
        return packing.span, keys

    def serving(self, node: Node) -> WeightedTable:
        """Return the fewest rows at hand that tell a node's classes apart."""
        anchor = tuple(
            level if self._is_lumped(axis, level) else floor + (level - floor) // ANCHOR * ANCHOR
            for axis, (level, floor) in enumerate(zip(node, self._levels, strict=True))
        )
        if anchor == self._levels:
            return self._base
        if anchor not in self._merged:
            self._keep(anchor, self._merge(anchor))
        return self._merged[anchor]

    def rebase(self, node: Node) -> None:
        """Make the classes on a node the base."""
        if node != self._levels:
            self._base, self._levels = self._merge(node), node
            self._merged.clear()

    def _merge(self, node: Node) -> WeightedTable:
        finer = [rows for at, rows in self._merged.items() if all(map(operator.le, at, node))]
        rows = min(finer, key=lambda rows: len(rows.people), default=self._base)
        return rows.merged(group(self.keys(rows, node)[1]))

    def _keep(self, lumped: Node, rows: WeightedTable) -> None:
        """Keep a merged table where it saves work; give up the oldest ones for it."""
        if len(rows.people) > WORTH_KEEPING * len(self._base.people):
            rows = self._base
        self._merged[lumped] = rows
        while self._rows_kept() > MOST_KEPT and len(self._merged) > 1:
            self._merged.pop(next(iter(self._merged)))

    def _rows_kept(self) -> int:
        kept = self._merged.values()
        return sum(len(rows.people) for rows in kept if rows is not self._base)

    def _is_lumped(self, axis: int, level: int) -> bool:
        return len(self._ladders[axis].forms[level]) == 1
