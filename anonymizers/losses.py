"""What a choice of levels costs: ARX's loss, exact.

A cell costs (leaves under its released form - 1) / (domain - 1); each cell of a person who is
left out costs 1; the loss is the mean over people and then over quasi-identifiers. Costs are
summed as integers (leaves - 1 for each person), so that no order of rows changes a digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.partitions import Members

EXACT = 2**63
EVEN = 1.0


@dataclass(frozen=True)
class Losses:
    """The loss of an extract, over the people whom the search saw.

    Attributes:
        total: 0 (everything exact) to 1 (nothing left).
        by_column: the same for each quasi-identifier.
        suppressed: people left out, by any rule.
    """

    total: float
    by_column: Mapping[str, float]
    suppressed: int


def weigh(members: Members, hierarchies: Mapping[str, Hierarchy]) -> Losses:
    """Return the loss of what is released in the end, after l as well.

    Args:
        members: people in their classes.
        hierarchies: one for each column of the table.
    """
    table, classes, suppressed = members.table, members.classes, members.suppressed
    by_column = {}
    for name, codes in table.by_column():
        hierarchy = hierarchies[name]
        widths = classes.widths(hierarchy, name, codes, members.number)
        cost = _dot(widths, table.people - members.missing) + hierarchy.span * suppressed
        by_column[name] = share(cost, hierarchy, table.total)
    return Losses(
        total=mean(list(by_column.values())),
        by_column=by_column,
        suppressed=suppressed,
    )


def kept_cost(
    hierarchy: Hierarchy, level: int, codes: NDArray[np.int32], people: NDArray[np.int64]
) -> int:
    """Sum leaves - 1 over people, as if nobody were left out."""
    return _dot(hierarchy.widths[level], _per_form(hierarchy, level, codes, people))


def suppressed_cost(
    hierarchy: Hierarchy, level: int, codes: NDArray[np.int32], missing: NDArray[np.int64]
) -> int:
    """Sum what leaving people out adds to `kept_cost`: the whole domain instead of a form."""
    rest = hierarchy.span - hierarchy.widths[level]
    return _dot(rest, _per_form(hierarchy, level, codes, missing))


def share(cost: int, hierarchy: Hierarchy, people: int) -> float:
    """Turn a column's cost into its loss, rounded once."""
    return cost / (hierarchy.span * people)


def mean(losses: Sequence[float]) -> float:
    """Return the mean over columns, added from left to right; 0 without columns.

    The search adds its bounds in the same order: rounded sums of terms that aren't larger
    aren't larger, so a bound never passes the loss it bounds.
    """
    total = 0.0
    for loss in losses:
        total += loss
    return total / max(len(losses), 1)


def factors(columns: Sequence[str], weights: Mapping[str, float]) -> tuple[float, ...]:
    """Return by what each column's loss is multiplied so that the mean is the weighted mean.

    A column of weight w among n has w n / (sum of weights): then the mean over columns is
    sum of w x loss / sum of w. Multiplying a column's costs by a positive number changes nothing
    that the search's bounds rest on: costs still grow upwards, and leaving a person out still
    costs the most that a cell of that column can cost.

    Args:
        columns: in the table's order.
        weights: above 0; a column that isn't named has 1.

    Raises:
        ValueError: a weight isn't above 0, or names no column.
    """
    if set(weights) - set(columns):
        raise ValueError("a weight names a column that isn't searched")
    chosen = [float(weights.get(name, EVEN)) for name in columns]
    if any(not 0 < weight < float("inf") for weight in chosen):
        raise ValueError("weights must be above 0")
    total = sum(chosen)
    return tuple(weight * len(chosen) / total for weight in chosen)


def _per_form(
    hierarchy: Hierarchy, level: int, codes: NDArray[np.int32], people: NDArray[np.int64]
) -> NDArray[np.int64]:
    forms = len(hierarchy.forms[level])
    return np.bincount(codes, weights=people, minlength=forms).astype(np.int64)


def _dot(widths: NDArray[np.int64], people: NDArray[np.int64]) -> int:
    """Multiply and add exactly; wide domains in Python's own integers."""
    if int(widths.max(initial=0)) * int(people.sum()) < EXACT:
        return int(widths @ people)
    return int(widths.astype(object) @ people.astype(object))
