"""What a column's released forms cost, read off the forms and a hierarchy.

A form costs (leaves under it - 1) / (domain - 1), as in `losses.py`, and `*` costs 1. One text can
stand on several levels with different leaves; a column that was recoded as a whole stands on one
level, and the finest that explains all its forms is taken. Where none does (local recoding), each
form is taken from the finest level that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.ladders.base import TOP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb

Leaves = dict[str, dict[str | None, int]]


class UnknownFormsError(ValueError):
    """Some values of the file stand on no level of the hierarchy.

    Attributes:
        count: how many distinct ones; first: the first of them in the file.
    """

    def __init__(self, count: int, first: str) -> None:
        """Keep the count and one example, for whoever holds the file."""
        super().__init__(f"{count} values stand on no level")
        self.count, self.first = count, first


@dataclass(frozen=True)
class Released:
    """A column's forms placed on its hierarchy.

    Attributes:
        level: the level on which all stand; None where there is no such level.
        costs: (forms,) loss of each form, 0 to 1.
    """

    level: str | None
    costs: NDArray[np.float64]


def place_forms(forms: Sequence[str | None], climb: Climb) -> Released:
    """Place distinct forms (None: NULL, which costs nothing) on a hierarchy.

    Args:
        forms: of the file.
        climb: every value of the hierarchy's domain on every level.

    Raises:
        UnknownFormsError: a form stands on no level.
    """
    leaves = _leaves(climb)
    _check_known(forms, leaves)
    texts = [form for form in forms if form is not None]
    level = next((level for level, has in leaves.items() if all(t in has for t in texts)), None)
    levels = leaves if level is None else {level: leaves[level]}
    span = max(climb.domain - 1, 1)
    costs = [0.0 if form is None else (_first(levels, form) - 1) / span for form in forms]
    return Released(level, np.array(costs))


def form_loss(costs: NDArray[np.float64], counts: NDArray[np.int64], left_out: int = 0) -> float:
    """Return a column's loss: the mean cost of its cells, 1 for each of those left out.

    Args:
        costs: (forms,) the cost of each form.
        counts: (forms,) how many cells have it.
        left_out: people who are in the original and not in the file.
    """
    cells = int(counts.sum()) + left_out
    return (float(costs @ counts) + left_out) / max(cells, 1)


def forms_at(climb: Climb, level: str) -> Mapping[str | None, str | None]:
    """Return the released form of each value of the domain on one level."""
    rung = climb.rung(level)
    values = climb.values.to_pylist()
    return {value: rung.forms[at] for value, at in zip(values, rung.codes.tolist(), strict=True)}


def _leaves(climb: Climb) -> Leaves:
    """Return the leaves of every form, level by level; `*` covers the whole domain."""
    leaves: Leaves = {
        rung.level: dict(zip(rung.forms, rung.leaves.tolist(), strict=True)) for rung in climb.rungs
    }
    leaves[TOP] = {TOP: climb.domain}
    return leaves


def _check_known(forms: Sequence[str | None], leaves: Leaves) -> None:
    known = {form for has in leaves.values() for form in has} | {None}
    unknown = [str(form) for form in forms if form not in known]
    if unknown:
        raise UnknownFormsError(len(unknown), unknown[0])


def _first(levels: Leaves, form: str) -> int:
    return next(has[form] for has in levels.values() if form in has)
