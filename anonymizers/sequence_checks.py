"""One node at a time for sequences: whether its levels keep enough people safe, and what they cost.

The same as `checks`, over sequences instead of rows: the argument stands in `sequences`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.checks import Verdict
from anonymizers.costs import Costs
from anonymizers.grouping import at_least_alone, group, pack
from anonymizers.losses import mean
from anonymizers.sequences import SequenceTable, sequence_keys
from anonymizers.standing import left_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.lattice import Node
    from anonymizers.models import Model


class SequenceChecks:
    """Checks nodes of one table of sequences, on merged sequences where that is the same.

    Attributes:
        table, ladders: what is searched, a ladder for each column.
        costs: of each level, a cell for each row.
        count: nodes checked so far.
    """

    def __init__(
        self,
        table: SequenceTable,
        ladders: Sequence[Hierarchy],
        model: Model,
        factors: Sequence[float] = (),
    ) -> None:
        """Start on the table as it is; the model must choose levels by k alone.

        Args:
            table: what is searched.
            ladders: one for each column.
            model: what classes must hold.
            factors: how much each column's loss counts (`losses.factors`); none: all alike.
        """
        if model.sensitive or model.k_map is not None:
            raise ValueError("levels of sequences are chosen by k alone")
        self.table, self.ladders, self.count = table, tuple(ladders), 0
        self._limit = min(model.max_suppressed(table.total), table.total - 1)
        self._rows, self._model = table, model
        rows = table.rows_at(table.heads.people)
        self.costs = Costs.of(self.ladders, table.codes, rows, factors)

    def check(self, node: Node) -> Verdict | None:
        """Return what a node costs; None where it leaves out more people than allowed."""
        self.count += 1
        table, (_, _, keys) = self._rows, self._moved(node)
        heads = table.heads
        if at_least_alone(keys, heads.others, self._model.k) > self._limit:
            return None
        classes = group(keys)
        standings = classes.spread(heads.of_classes(classes).standing(self._model))
        missing = left_out(heads.people, heads.minors, standings)
        suppressed = int(missing.sum())
        if suppressed > self._limit:
            return None
        losses = self.costs.losses(node, table.codes, table.rows_at(missing))
        return Verdict(satisfies=True, suppressed=suppressed, losses=losses, least=mean(losses))

    def rebase(self, node: Node) -> None:
        """Merge what is one on a node: only nodes nowhere finer are checked now."""
        table, (first, sequences, keys) = self._rows, self._moved(node)
        classes = group(keys)
        self._rows = SequenceTable(
            columns=table.columns,
            codes=tuple(codes[first] for codes in table.codes),
            sequences=sequences[classes.first],
            heads=table.heads.of_classes(classes),
        )

    def _moved(self, node: Node) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """Return a place of each kind on a node, the sequences over them, and their keys."""
        table = self._rows
        chosen = [
            (ladder.maps[level].take(codes), len(ladder.forms[level]))
            for ladder, level, codes in zip(self.ladders, node, table.codes, strict=True)
        ]
        columns, sizes = [column for column, _ in chosen], [size for _, size in chosen]
        places = group(pack(columns, sizes, table.places)[1])
        sequences = table.moved(places.class_of_rows())
        return places.first, sequences, sequence_keys(sequences, len(places.starts))
