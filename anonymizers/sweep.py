"""The sweep of local recoding: each person on the finest levels that still protect it.

Nodes of the lattice are visited by rising loss. On each one, of the rows that remain, those
classes that satisfy the model as a whole are taken, and the sweep goes on with the others. What
remains at the ceilings stays there.

Nothing that is promised rests on this file: which class a row was taken in is a proposal, and
`LocalClasses` decides, class by class of equal released text, who may leave. What the sweep
owes is that little is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import CELLS, SPREAD, group, pack
from anonymizers.standing import WHOLE, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.lattice import Lattice, Node
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable

MOST_WORK = 1_000_000_000  # of a sweep, in rows looked at: about half a minute at most
EACH_VISIT = 5_000  # what a visit costs besides its rows
FINEST = 64  # the nodes of least loss are visited one by one: most is kept there


def by_rising_loss(lattice: Lattice) -> NDArray[np.int64]:
    """Return the flat index of every node, the top last."""
    order = np.argsort(lattice.plain.reshape(-1), kind="stable")
    top = lattice.plain.size - 1
    return np.append(order[order != top], top)


class Sweep:
    """One walk over the lattice, and what of the table remains.

    Attributes:
        node_of_row: (rows,) the flat index of the node on which each row was taken; the top
            for rows that remain.
    """

    def __init__(
        self, table: WeightedTable, ladders: Sequence[Hierarchy], model: Model, lattice: Lattice
    ) -> None:
        """Start with every row remaining."""
        self._rest, self._ladders, self._model = table, ladders, model
        self._shape = lattice.plain.shape
        self._rows = np.arange(len(table.people))
        self._digits = [_digits(ladder, axis) for axis, ladder in enumerate(ladders)]
        self.node_of_row = np.full(len(table.people), lattice.plain.size - 1, dtype=np.int64)

    def run(self, nodes: NDArray[np.int64], most_work: int) -> None:
        """Visit nodes one after the other, as long as rows remain; the last one in any case.

        Where visiting all of them would be more work than allowed, some are passed over: as many
        at a time as it takes if no further row were taken, so that fewer are the fewer remain.

        Args:
            nodes: (nodes,) flat indexes, by rising loss.
            most_work: rows to look at, all visits together.
        """
        place, last, work = 0, len(nodes) - 1, 0
        while len(self._rows) and place < last:
            self._visit(int(nodes[place]))
            cost = len(self._rows) + EACH_VISIT
            work += cost
            one_by_one = place < FINEST and 2 * work < most_work
            left = max(most_work - work, 1)
            place += 1 if one_by_one else max(1, -(-(last - place) * cost // left))
        if len(self._rows):
            self._visit(int(nodes[last]))

    def _visit(self, flat: int) -> None:
        """Take what satisfies the model on one node."""
        node = tuple(int(level) for level in np.unravel_index(flat, self._shape))
        likely = self._likely(node)
        if not len(likely):
            return
        rows = self._rest.picked(likely)
        classes = group(self._keys(node, rows))
        merged = rows.merged(classes)
        standings = standing(merged, self._model)
        self._take(flat, likely[classes.spread(standings) == WHOLE])

    def _likely(self, node: Node) -> NDArray[np.int64]:
        """Return all remaining rows that may be in a class of k, and hardly any others.

        Rows of one class share a cell of a table of counts. So a class of k people is in a cell
        that counts k or more: it is never missed, and strangers in its cell only cost time.
        """
        rows = len(self._rows)
        keys = np.zeros(rows, dtype=np.uint64)
        for digits, level, codes in zip(self._digits, node, self._rest.codes, strict=True):
            if (digit := digits[level]) is not None:
                keys += digit.take(codes)
        bits = min(4 * rows, CELLS).bit_length()
        cells = (keys >> np.uint64(64 - bits)).view(np.int64)
        counts = np.bincount(cells, weights=self._rest.people)
        return np.flatnonzero(counts.take(cells) >= self._model.k)

    def _keys(self, node: Node, rows: WeightedTable) -> NDArray[np.int64]:
        """Pack the codes that rows have on a node."""
        at = list(zip(self._ladders, node, strict=True))
        columns = [
            ladder.maps[level].take(codes)
            for (ladder, level), codes in zip(at, rows.codes, strict=True)
        ]
        sizes = [len(ladder.forms[level]) for ladder, level in at]
        return pack(columns, sizes, len(rows.people))[1]

    def _take(self, flat: int, taken: NDArray[np.int64]) -> None:
        if not len(taken):
            return
        self.node_of_row[self._rows[taken]] = flat
        rest = np.ones(len(self._rows), dtype=bool)
        rest[taken] = False
        self._rows, self._rest = self._rows[rest], self._rest.picked(np.flatnonzero(rest))


def _digits(ladder: Hierarchy, axis: int) -> list[NDArray[np.uint64] | None]:
    """Return, level by level, each floor code's part of a hashed key; None where all have one."""
    factor = np.uint64(pow(int(SPREAD), axis + 1, 2**64))
    return [
        mapped.astype(np.uint64) * factor if len(forms) > 1 else None
        for mapped, forms in zip(ladder.maps, ladder.forms, strict=True)
    ]
