"""What each k would cost: the frontier of loss against risk, to choose from.

For each model the levels with the least (weighted) loss are found on the whole table. A choice is
on the frontier where no other has both less or equal risk and less or equal loss, one of them
less: what lies behind the frontier gives something away for nothing.

Does not protect: choosing k, floors or weights after looking at these figures makes the choice
depend on the data, as choosing levels does. It is for whoever may see the records anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.classes import Classes
from anonymizers.losses import mean
from anonymizers.partitions import Members
from anonymizers.search import NothingSafeError, find_levels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable


@dataclass(frozen=True)
class Choice:
    """What one model would give.

    Attributes:
        k: as asked; k_minors: likewise, None without such a rule.
        levels: the level of each column.
        loss: ARX's, the plain mean over columns; weighted_loss: what the search minimized.
        people: whom the search saw; left_out: of them, by the search and by l after it;
            left_out_by_search: by the search alone.
        classes, smallest_class: of what would be released.
        highest_risk, average_risk: of being found by who knows who is in it, 0 to 1.
    """

    k: int
    k_minors: int | None
    levels: Mapping[str, str]
    loss: float
    weighted_loss: float
    people: int
    left_out: int
    left_out_by_search: int
    classes: int
    smallest_class: int

    @property
    def highest_risk(self) -> float:
        """1 / (people of the smallest class)."""
        return 1 / self.smallest_class

    @property
    def average_risk(self) -> float:
        """Classes per person released."""
        return self.classes / (self.people - self.left_out)

    def beats(self, other: Choice) -> bool:
        """Whether the other gives something away for nothing beside this one."""
        mine = self.highest_risk, self.weighted_loss
        theirs = other.highest_risk, other.weighted_loss
        return mine != theirs and all(m <= t for m, t in zip(mine, theirs, strict=True))


def advise(
    table: WeightedTable,
    hierarchies: Mapping[str, Hierarchy],
    models: Sequence[Model],
    weights: Mapping[str, float],
    progress: Callable[[float], None],
) -> list[Choice]:
    """Find the best levels under each model; models under which nothing is safe are left out.

    Args:
        table: the weighted distinct table at the floors.
        hierarchies: one for each column of the table.
        models: what classes must hold, one for each choice.
        weights: how much each column's loss counts, above 0; 1 where none is named.
        progress: called with the share that is done, 0 to 1.

    Raises:
        LatticeTooLargeError: more than ten million combinations of levels.
        ValueError: a weight isn't above 0, or names no column.
    """
    choices = []
    for number, model in enumerate(models, start=1):
        choice = _choose(table, hierarchies, model, weights)
        if choice is not None:
            choices.append(choice)
        progress(number / len(models))
    return choices


def frontier(choices: Sequence[Choice]) -> list[Choice]:
    """Return the choices that no other beats, in their order."""
    return [one for one in choices if not any(other.beats(one) for other in choices)]


def _choose(
    table: WeightedTable,
    hierarchies: Mapping[str, Hierarchy],
    model: Model,
    weights: Mapping[str, float],
) -> Choice | None:
    try:
        found = find_levels(table, hierarchies, model, weights=weights)
    except NothingSafeError:
        return None
    classes = Classes.build(table, hierarchies, found.levels, model)
    released = classes.people[classes.people > 0]
    if not len(released):
        return None
    return Choice(
        k=model.k,
        k_minors=model.k_minors,
        levels=found.levels,
        loss=mean([*found.loss_by_column.values()]),
        weighted_loss=found.loss,
        people=found.people,
        left_out=Members.of(table, classes).suppressed,
        left_out_by_search=found.suppressed,
        classes=len(released),
        smallest_class=int(released.min()),
    )
