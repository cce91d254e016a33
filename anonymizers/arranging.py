"""Arranging people in classes: one level for each column, or local recoding.

Local recoding costs at most what the full-domain optimum costs, and releases something wherever
that does: the optimum is one of its candidates. It is cheap to ask for. Only levels of less
loss than the sweep's are looked at, and such fine levels nearly all fail, each of them deciding
everything finer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.checks import Checks
from anonymizers.classes import Classes
from anonymizers.lattice import Lattice
from anonymizers.local import LocalClasses
from anonymizers.losses import weigh
from anonymizers.partitions import Members
from anonymizers.proposals import give_back, specialize
from anonymizers.search import NothingSafeError, find_levels
from anonymizers.sweep import MOST_WORK, Sweep, by_rising_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.partitions import Partition, Recoding
    from anonymizers.proposals import Proposal
    from anonymizers.weighted import WeightedTable

MOST_GIVEN_BACK = 8  # rounds; one is enough where k is all that is asked


@dataclass(frozen=True)
class Arrangement:
    """Classes under every model, and what choosing them cost.

    Attributes:
        classes: who stays, l included.
        suppressed: people whom the choice of levels leaves out; what l removes afterwards isn't
            counted.
        people: people it saw.
        loss, loss_by_column: ARX's loss of this choice with this suppression.
    """

    classes: Partition
    suppressed: int
    people: int
    loss: float
    loss_by_column: Mapping[str, float]


def arrange_on_levels(
    table: WeightedTable,
    hierarchies: Mapping[str, Hierarchy],
    model: Model,
    below: float = math.inf,
) -> Arrangement:
    """Put everybody on one level for each column: the full-domain optimum.

    Args:
        table: the weighted distinct table at the floors.
        hierarchies: one for each column of the table.
        model: what every class must hold.
        below: as `find_levels` has it.

    Raises:
        NothingSafeError, LatticeTooLargeError: as `find_levels` says.
    """
    found = find_levels(table, hierarchies, model, None, below)
    return Arrangement(
        classes=Classes.build(table, hierarchies, found.levels, model),
        suppressed=found.suppressed,
        people=found.people,
        loss=found.loss,
        loss_by_column=found.loss_by_column,
    )


def arrange_locally(
    table: WeightedTable,
    hierarchies: Mapping[str, Hierarchy],
    model: Model,
    most_work: int = MOST_WORK,
) -> Arrangement:
    """Put each class on levels of its own.

    Guarantee: every released class satisfies the model, at most the allowed share of people is
    left out by the choice of levels, and the loss is never above the full-domain optimum's. With
    `levels_by: k` no sensitive value has any part in the choice. It depends on counts and
    declarations, never on the order of rows.

    Does not protect: against another extract of the same people on other levels (see `local`).

    Args:
        table: the weighted distinct table at the floors.
        hierarchies: one for each column of the table.
        model: what every class must hold.
        most_work: rows that the sweep may look at, all nodes together; with fewer it is faster
            and loses more.

    Raises:
        NothingSafeError, LatticeTooLargeError: as `find_levels` says.
    """
    if not (table.columns and table.total):  # no levels to choose, or nobody
        return arrange_on_levels(table, hierarchies, model)
    work = _Locally(table, hierarchies, model.searched())
    proposed, found = work.find(most_work)
    try:
        on_levels = arrange_on_levels(table, hierarchies, model, found.loss)
    except NothingSafeError:
        if found.loss == math.inf:
            raise
    else:
        if on_levels.loss <= found.loss:
            return on_levels
    return replace(found, classes=LocalClasses.build(table, hierarchies, proposed, model))


class _Locally:
    """One table on its way through the sweep, under the model that chooses levels."""

    def __init__(
        self, table: WeightedTable, hierarchies: Mapping[str, Hierarchy], model: Model
    ) -> None:
        self._table, self._hierarchies, self._model = table, hierarchies, model
        self._ladders = [hierarchies[name] for name in table.columns]
        self._checks = Checks(table, self._ladders, model)

    def find(self, most_work: int) -> tuple[Proposal, Arrangement]:
        """Propose levels, and weigh them; the loss is infinite where too many are left out."""
        proposed = self._swept(most_work)
        found = self._weighed(proposed)
        for _ in range(MOST_GIVEN_BACK):
            if found.suppressed <= self._checks.limit:
                return proposed, found
            proposed = give_back(self._table, self._hierarchies, proposed, found.classes)
            found = self._weighed(proposed)
        enough = found.suppressed <= self._checks.limit
        return proposed, found if enough else replace(found, loss=math.inf)

    def _swept(self, most_work: int) -> Proposal:
        lattice = Lattice(self._checks.costs.plain())
        sweep = Sweep(self._table, self._ladders, self._model, lattice)
        sweep.run(by_rising_loss(lattice), most_work)
        levels = np.unravel_index(sweep.node_of_row, lattice.plain.shape)
        proposed = dict(zip(self._table.columns, levels, strict=True))
        return specialize(self._table, self._hierarchies, proposed)

    def _weighed(self, proposed: Proposal) -> Arrangement:
        classes = LocalClasses.build(self._table, self._hierarchies, proposed, self._model)
        losses = weigh(Members.of(self._table, classes), self._hierarchies)
        return Arrangement(
            classes, losses.suppressed, self._table.total, losses.total, losses.by_column
        )


ARRANGE: Mapping[
    Recoding, Callable[[WeightedTable, Mapping[str, Hierarchy], Model], Arrangement]
] = {"full-domain": arrange_on_levels, "local": arrange_locally}
