"""The lattice of levels with a lower bound of the loss on every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import EllipsisType

    from numpy.typing import NDArray

Node = tuple[int, ...]
MOST_NODES = 10_000_000
MOST_COLUMNS = 64  # numpy's arrays have no more axes
ROUNDING = 1e-12  # more than what rounding moves a loss, less than any loss worth telling apart


class LatticeTooLargeError(ValueError):
    """The columns have more combinations of levels than a search can hold."""


class Lattice:
    """Nodes that may still hold the optimum, each with a loss that it can't be below.

    A node names one level of every column. Its bound begins as the mean of the columns' losses
    without suppression. That is a bound: leaving people out replaces a cell's cost, at most 1,
    by 1. A node that is decided has the bound -inf and is open no more.

    Attributes:
        plain: the loss of every node if nobody were left out.
    """

    def __init__(self, losses: Sequence[NDArray[np.float64]]) -> None:
        """Add up the bounds of all nodes.

        Args:
            losses: for each column the loss of each of its levels, nobody left out.

        Raises:
            LatticeTooLargeError: more than ten million nodes, or more than 64 columns.
        """
        shape = [len(levels) for levels in losses]
        if len(shape) > MOST_COLUMNS or np.prod(shape, dtype=float) > MOST_NODES:
            raise LatticeTooLargeError(
                f"{len(shape)} columns are too many, or have more than {MOST_NODES:,} "
                f"combinations of levels; drop some, or narrow floors and ceilings",
            )
        plain = np.zeros(shape)
        for axis, levels in enumerate(losses):
            plain += levels.reshape([-1 if other == axis else 1 for other in range(len(shape))])
        plain /= max(len(shape), 1)
        self.plain: NDArray[np.float64] = plain
        self._bounds = self.plain.copy()

    @property
    def top(self) -> Node:
        """The node of all ceilings."""
        return tuple(length - 1 for length in self.plain.shape)

    def candidate(self) -> Node | None:
        """Return the open node with the highest bound; None when all are decided.

        The highest, because such nodes are coarse: one of them failing decides everything
        finer, and most of them fail.
        """
        flat = int(np.argmax(self._bounds))
        if self._bounds.reshape(-1)[flat] == -np.inf:
            return None
        return tuple(int(level) for level in np.unravel_index(flat, self._bounds.shape))

    def decide(self, node: Node) -> None:
        """Close one node."""
        self._bounds[node] = -np.inf

    def decide_finer(self, node: Node) -> None:
        """Close a node that leaves out too many, and with it everything finer.

        Too many, that is, of those who are left out on finer levels too: under the monotone
        models that is everybody who is left out (see `standing`).
        """
        self._bounds[_finer(node)] = -np.inf

    def raise_finer(self, node: Node, suppression: float) -> None:
        """Lift the bounds of everything finer by what suppression costs on this node.

        Of each class as it is here, at least as many people are left out on finer levels (see
        `standing`), and each of their cells then adds 1 less its cost there, which isn't larger
        than its cost here (widths grow upwards): all of a class cost the same here, so it doesn't
        matter who of it they are.
        """
        bounds, lifted = self._bounds[_finer(node)], self.plain[_finer(node)] + suppression
        open_nodes = bounds > -np.inf
        np.maximum(bounds, lifted - ROUNDING, out=bounds, where=open_nodes)

    def decide_above(self, loss: float) -> None:
        """Close every node that can't be below a loss already reached."""
        self._bounds[self._bounds >= loss] = -np.inf

    def finest_open(self) -> Node:
        """Return the finest level that open nodes still have, column by column."""
        open_nodes = self._bounds > -np.inf
        axes = range(open_nodes.ndim)
        return tuple(
            int(np.argmax(open_nodes.any(axis=tuple(other for other in axes if other != axis))))
            for axis in axes
        )

    def share_decided(self) -> float:
        """Return how much of the lattice is decided, 0 to 1."""
        return float((self._bounds == -np.inf).mean())


def _finer(node: Node) -> tuple[slice | EllipsisType, ...]:
    """Index the box of all nodes that are nowhere coarser, the node among them, as a view."""
    return (*(slice(0, level + 1) for level in node), ...)
