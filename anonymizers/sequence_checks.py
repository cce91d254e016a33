"""One node at a time for sequences: whether its levels keep enough people safe, and what they cost.

The same as `checks`, over sequences instead of rows: the argument stands in `sequences`.

Most nodes that leave out too many are told by sums: each place of a node has a fixed number that
looks random, and equal sequences have equal sums of theirs. Other sequences may share a sum, which
only makes the people with it more; so whoever is alone there is alone (`at_least_alone`). What
isn't told that way is counted exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anonymizers.checks import Verdict
from anonymizers.costs import Costs
from anonymizers.grouping import SPREAD, at_least_alone, group, pack
from anonymizers.losses import mean
from anonymizers.sequences import SequenceTable
from anonymizers.standing import left_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping
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
        table, places = self._rows, self._places(node)
        heads, place_of = table.heads, places.class_of_rows()
        sums = table.sequences.sums(_scattered(len(places.starts))[place_of])
        if at_least_alone(sums, heads.people, self._model.k) > self._limit:
            return None
        classes = group(table.sequences.moved(place_of).keys(len(places.starts)))
        standings = classes.spread(heads.of_classes(classes).standing(self._model))
        missing = left_out(heads.people, heads.minors, standings)
        suppressed = int(missing.sum())
        if suppressed > self._limit:
            return None
        losses = self.costs.losses(node, table.codes, table.rows_at(missing))
        return Verdict(satisfies=True, suppressed=suppressed, losses=losses, least=mean(losses))

    def rebase(self, node: Node) -> None:
        """Merge what is one on a node: only nodes nowhere finer are checked now."""
        table, places = self._rows, self._places(node)
        sequences = table.sequences.moved(places.class_of_rows())
        classes = group(sequences.keys(len(places.starts)))
        self._rows = SequenceTable(
            columns=table.columns,
            codes=tuple(codes[places.first] for codes in table.codes),
            sequences=sequences.picked(classes.first),
            heads=table.heads.of_classes(classes),
        )

    def _places(self, node: Node) -> Grouping:
        """Group the places that are one on a node."""
        table = self._rows
        chosen = [
            (ladder.maps[level].take(codes), len(ladder.forms[level]))
            for ladder, level, codes in zip(self.ladders, node, table.codes, strict=True)
        ]
        columns, sizes = [column for column, _ in chosen], [size for _, size in chosen]
        return group(pack(columns, sizes, table.places)[1])


def _scattered(count: int) -> NDArray[np.uint64]:
    """Return fixed numbers that look random: the first outputs of SplitMix64.

    References:
        Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
    """
    numbers = np.arange(1, count + 1, dtype=np.uint64) * SPREAD
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(31))
