"""What each level of each column of one table costs, summed once for a whole search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.losses import EVEN, kept_cost, share, suppressed_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.lattice import Node


@dataclass(frozen=True)
class Costs:
    """The costs of a table's columns; losses are times their factors.

    Attributes:
        ladders: one for each column.
        factors: how much each column's loss counts (`losses.factors`).
        cells: how many cells each column has, at least 1.
        kept: for each column the cost of each of its levels, nobody left out.
    """

    ladders: tuple[Hierarchy, ...]
    factors: tuple[float, ...]
    cells: int
    kept: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls,
        ladders: Sequence[Hierarchy],
        codes: Sequence[NDArray[np.int32]],
        weights: NDArray[np.int64],
        factors: Sequence[float] = (),
    ) -> Costs:
        """Sum what every level costs; this checks every code once.

        Args:
            ladders: one for each column.
            codes: of each column at its floor, (rows,).
            weights: (rows,) how many cells of each column a row stands for.
            factors: how much each column's loss counts; none: all alike.
        """
        kept = (
            _of_levels(ladder, own, weights) for ladder, own in zip(ladders, codes, strict=True)
        )
        scale = tuple(factors) or (EVEN,) * len(ladders)
        return cls(tuple(ladders), scale, max(int(weights.sum()), 1), tuple(kept))

    def plain(self) -> list[NDArray[np.float64]]:
        """Return each column's loss on each of its levels, nobody left out."""
        return [
            np.array([self._share(axis, cost) for cost in costs])
            for axis, costs in enumerate(self.kept)
        ]

    def losses(
        self, node: Node, codes: Sequence[NDArray[np.int32]], missing: NDArray[np.int64]
    ) -> tuple[float, ...]:
        """Return each column's loss on a node, with the cells left out counted as lost.

        Args:
            node: the level of each column.
            codes: of each column at its floor, (rows,): as many rows as tell them apart.
            missing: (rows,) how many cells of each column are left out of a row.
        """
        gone = np.flatnonzero(missing)
        lost = missing[gone]
        losses = []
        for axis, (ladder, level) in enumerate(zip(self.ladders, node, strict=True)):
            forms = ladder.maps[level][codes[axis][gone]]
            cost = self.kept[axis][level] + suppressed_cost(ladder, level, forms, lost)
            losses.append(self._share(axis, cost))
        return tuple(losses)

    def unscaled(self, losses: Sequence[float]) -> tuple[float, ...]:
        """Return each column's own loss: without its factor."""
        return tuple(loss / factor for loss, factor in zip(losses, self.factors, strict=True))

    def _share(self, axis: int, cost: int) -> float:
        return share(cost, self.ladders[axis], self.cells) * self.factors[axis]


def _of_levels(
    ladder: Hierarchy, codes: NDArray[np.int32], weights: NDArray[np.int64]
) -> tuple[int, ...]:
    levels = range(len(ladder.levels))
    return tuple(
        kept_cost(ladder, level, ladder.codes_at(level, codes), weights) for level in levels
    )
