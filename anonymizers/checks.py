"""One node at a time: whether its levels satisfy the model, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anonymizers.costs import Costs
from anonymizers.grouping import at_least_alone, group, pack
from anonymizers.losses import mean
from anonymizers.standing import left_out, standing, surely_left_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.lattice import Node
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable


@dataclass(frozen=True)
class Verdict:
    """A node below which, or on which, the model may be satisfied.

    Attributes:
        satisfies: whether the node itself satisfies it.
        suppressed: people left out on it.
        losses: the loss of each column, times its factor; loss: their mean.
        least: the loss if only those were left out who surely are, here and on all finer nodes.
    """

    satisfies: bool
    suppressed: int
    losses: tuple[float, ...]
    least: float

    @property
    def loss(self) -> float:
        """The loss that the search minimizes."""
        return mean(self.losses)


class Checks:
    """Checks nodes of one table, on merged rows where that is the same and cheaper.

    Attributes:
        table, ladders: what is searched, a ladder for each column.
        costs: of each level, a cell for each person.
        limit: people who may be left out.
        count: nodes checked so far.
    """

    def __init__(
        self,
        table: WeightedTable,
        ladders: Sequence[Hierarchy],
        model: Model,
        factors: Sequence[float] = (),
    ) -> None:
        """Start on the table as it is: every column at its floor.

        Args:
            table: what is searched.
            ladders: one for each column.
            model: what classes must hold.
            factors: how much each column's loss counts (`losses.factors`); none: all alike.
        """
        self.table, self.ladders, self.count = table, tuple(ladders), 0
        self.costs = Costs.of(self.ladders, table.codes, table.people, factors)
        self._model, self._implied = model, model.implied()
        self.limit = min(model.max_suppressed(table.total), table.total - 1)
        self._rows = _only(table, model)

    def check(self, node: Node) -> Verdict | None:
        """Return what a node costs; None where it and all finer ones leave out too many people."""
        self.count += 1
        rows, keys = self._rows, self._keys(node)
        if at_least_alone(keys, rows.heads.everybody, self._model.k) > self.limit:
            return None  # whoever is in a class of fewer than k is left out under every model
        classes = rows.merged(group(keys))
        mapped = classes.mapped(self.ladders, node)
        implied = standing(classes, self._implied, mapped)
        surely = surely_left_out(classes, self._model, implied)
        if int(surely.sum()) > self.limit:
            return None
        if self._implied is self._model:
            losses = self.costs.losses(node, classes.codes, surely)
            return Verdict(
                satisfies=True, suppressed=int(surely.sum()), losses=losses, least=mean(losses)
            )
        missing = left_out(classes.people, classes.minors, standing(classes, self._model, mapped))
        suppressed = int(missing.sum())
        return Verdict(
            satisfies=suppressed <= self.limit,
            suppressed=suppressed,
            losses=self.costs.losses(node, classes.codes, missing),
            least=mean(self.costs.losses(node, classes.codes, surely)),
        )

    def rebase(self, node: Node) -> None:
        """Merge rows that are one class on a node: only nodes nowhere finer are checked now."""
        self._rows = self._rows.merged(group(self._keys(node)))

    def _keys(self, node: Node) -> NDArray[np.int64]:
        """Pack the rows' codes on a node; columns with a single form there tell nothing."""
        chosen = [
            (ladder.maps[level].take(codes), len(ladder.forms[level]))
            for ladder, level, codes in zip(self.ladders, node, self._rows.codes, strict=True)
            if len(ladder.forms[level]) > 1
        ]
        columns, sizes = [column for column, _ in chosen], [size for _, size in chosen]
        return pack(columns, sizes, len(self._rows.people))[1]


def _only(table: WeightedTable, model: Model) -> WeightedTable:
    """Leave aside sensitive values that have no part in the search."""
    return replace(table, sensitive={name: table.sensitive[name] for name in model.sensitive})
