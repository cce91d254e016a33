"""The full-domain optimum: the levels that satisfy a model with the least loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from anonymizers.checks import Checks, Verdict
from anonymizers.lattice import Lattice, LatticeTooLargeError, Node
from anonymizers.losses import factors
from anonymizers.sequence_checks import SequenceChecks
from anonymizers.sequences import SequenceTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable

__all__ = ["Found", "LatticeTooLargeError", "NothingSafeError", "find_levels"]
NodeChecks = Checks | SequenceChecks
REBASE_CHECKS = 40  # how many checks a coarser base table must serve to be worth making


class NothingSafeError(Exception):
    """Not even the ceilings satisfy the model: nothing may be released.

    Raise the ceilings, the share that may be left out, or ask for more people; an extract of
    nobody is no extract.
    """

    def __init__(self) -> None:
        """Say so without a count: how close it came would tell about people."""
        super().__init__("no levels between the floors and the ceilings protect these people")


@dataclass(frozen=True)
class Found:
    """The optimum.

    Attributes:
        levels: the level of each column.
        suppressed: people whom the search leaves out; what l removes afterwards isn't counted.
        people: people whom the search saw.
        loss: ARX's loss on these levels with this suppression, weighted where weights were given.
        loss_by_column: the same for each column, never weighted.
        nodes: size of the lattice; checks: nodes that were looked at.
    """

    levels: Mapping[str, str]
    suppressed: int
    people: int
    loss: float
    loss_by_column: Mapping[str, float]
    nodes: int
    checks: int


def find_levels(  # noqa: PLR0913 - a search has what it looks at, and how
    table: WeightedTable | SequenceTable,
    hierarchies: Mapping[str, Hierarchy],
    model: Model,
    progress: Callable[[float], None] | None = None,
    below: float = math.inf,
    *,
    weights: Mapping[str, float] | None = None,
) -> Found:
    """Find the levels with the least loss that keep enough people safe.

    Guarantee: of all combinations of levels between floors and ceilings under which at most
    the allowed share of people has to be left out, none has less loss (up to 1e-12; among
    equals the choice depends on counts and declarations, never on the order of rows). With
    `levels_by: k` no sensitive value has any part in the choice.

    Does not protect: by itself it releases nothing; `Classes` says who stays, and with
    `levels_by: all` the choice of levels can tell something about sensitive values (the
    minimality attack).

    Args:
        table: the weighted distinct table at the floors, or that of sequences.
        hierarchies: one for each column of the table.
        model: what every class must hold.
        progress: called with the share of the lattice that is decided, 0 to 1.
        below: a loss that is reached otherwise; only less is searched for, and where there is
            none, what is found isn't the optimum.
        weights: how much each column's loss counts, above 0, 1 where none is named; the loss
            found is then the weighted mean.

    Raises:
        NothingSafeError: the ceilings don't satisfy the model, or nobody would be released.
        LatticeTooLargeError: more than ten million combinations of levels.

    References:
        Loss and suppression as in ARX 3.9.2 (Prasser et al.); the lattice after El Emam et
        al., "A globally optimal k-anonymity method", JAMIA 2009.
    """
    scale = factors(table.columns, weights) if weights else ()
    ladders = [hierarchies[name] for name in table.columns]
    checks: NodeChecks = (
        SequenceChecks(table, ladders, model.searched(), scale)
        if isinstance(table, SequenceTable)
        else Checks(table, ladders, model.searched(), scale)
    )
    return _Search(Lattice(checks.costs.plain()), checks, progress or _silent).run(below)


def _silent(decided: float) -> None:
    """Report to nobody."""


class _Search:
    """One walk over the lattice."""

    def __init__(
        self, lattice: Lattice, checks: NodeChecks, progress: Callable[[float], None]
    ) -> None:
        self._lattice, self._checks, self._progress = lattice, checks, progress
        self._best: tuple[Node, Verdict] | None = None
        self._base: Node = (0,) * len(lattice.top)
        self._next_rebase = REBASE_CHECKS

    def run(self, below: float) -> Found:
        """Start at the ceilings, find a good loss fast, then decide every open node."""
        if self._try(self._lattice.top) and below == math.inf:
            self._descend()
        self._lattice.decide_above(below)
        while (node := self._lattice.candidate()) is not None:
            self._rebase()
            self._try(node)
        if self._best is None:
            raise NothingSafeError
        return self._found()

    def _try(self, node: Node) -> bool:
        """Check a node and decide what follows from it; whether it satisfies."""
        verdict = self._checks.check(node)
        if verdict is None:
            self._lattice.decide_finer(node)
        else:
            self._lattice.decide(node)
            self._lattice.raise_finer(node, verdict.least - float(self._lattice.plain[node]))
            self._keep(node, verdict)
        self._progress(self._lattice.share_decided())
        return verdict is not None and verdict.satisfies

    def _keep(self, node: Node, verdict: Verdict) -> None:
        """Take the node if it is the best so far, and close what can't be better than the best."""
        if verdict.satisfies and (self._best is None or verdict.loss < self._best[1].loss):
            self._best = (node, verdict)
        if self._best is not None:
            self._lattice.decide_above(self._best[1].loss)

    def _descend(self) -> None:
        """Go down greedily, always the column that gains most, as far as nodes satisfy."""
        node, blocked = self._lattice.top, set[int]()
        while steps := [axis for axis, level in enumerate(node) if level and axis not in blocked]:
            finer = {axis: _step_down(node, axis) for axis in steps}
            axis = min(steps, key=lambda axis: float(self._lattice.plain[finer[axis]]))
            if self._try(finer[axis]):
                node = finer[axis]
            else:
                blocked.add(axis)

    def _rebase(self) -> None:
        """Merge rows that no open node tells apart, once in a while."""
        if self._checks.count >= self._next_rebase:
            self._next_rebase = self._checks.count + REBASE_CHECKS
            finest = self._lattice.finest_open()
            if finest != self._base:
                self._checks.rebase(finest)
                self._base = finest

    def _found(self) -> Found:
        node, verdict = cast("tuple[Node, Verdict]", self._best)
        table, ladders = self._checks.table, self._checks.ladders
        losses = self._checks.costs.unscaled(verdict.losses)
        return Found(
            levels={
                name: ladder.levels[level]
                for name, ladder, level in zip(table.columns, ladders, node, strict=True)
            },
            suppressed=verdict.suppressed,
            people=table.total,
            loss=verdict.loss,
            loss_by_column=dict(zip(table.columns, losses, strict=True)),
            nodes=self._lattice.plain.size,
            checks=self._checks.count,
        )


def _step_down(node: Node, axis: int) -> Node:
    return (*node[:axis], node[axis] - 1, *node[axis + 1 :])
