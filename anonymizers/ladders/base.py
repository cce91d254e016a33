"""What every ladder is: ordered levels, each refining the next, from exact to `*`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

TOP = "*"
OTHER = "other"


class LadderError(ValueError):
    """A ladder was declared in a way that can't hold; the text says what to change."""


class LadderDoesNotRefineError(LadderError):
    """Two values share a released form on one level and part again on a coarser one."""

    def __init__(self, ladder: str, level: str, first: str, second: str) -> None:
        """Name the ladder, the finer level, and the two values that show it."""
        super().__init__(
            f"ladder {ladder}: {first!r} and {second!r} are one value on level {level!r} "
            f"but two on the level above it; every level must refine the next",
        )
        self.ladder, self.level, self.first, self.second = ladder, level, first, second


@dataclass(frozen=True)
class Rung:
    """One level of a climb: the released form of each distinct value.

    Attributes:
        level: the level's name in the contract.
        codes: (n,) int32; `forms[codes[i]]` is what value i is released as.
        forms: the released forms; None stands for NULL.
        leaves: (len(forms),) int64, at least 1: how many values of the declared domain
            each form covers (NULL and `other` cover one each).
    """

    level: str
    codes: NDArray[np.int32]
    forms: tuple[str | None, ...]
    leaves: NDArray[np.int64]


@dataclass(frozen=True)
class Climb:
    """One column's distinct values on every level of its ladder, checked to refine.

    Attributes:
        values: n distinct values as stored, NULL among them where it occurs.
        rungs: finest first; the last is `*`, one form for everything.
        domain: leaves of the whole ladder, the divisor of the loss (at least 1).
    """

    values: pa.Array
    rungs: tuple[Rung, ...]
    domain: int

    def rung(self, level: str) -> Rung:
        """Return the rung of that level; raises LadderError where there is none."""
        for rung in self.rungs:
            if rung.level == level:
                return rung
        known = ", ".join(rung.level for rung in self.rungs)
        raise LadderError(f"no level {level!r}; the levels are {known}")


class Ladder(ABC):
    """A generalization hierarchy over one column's values.

    Attributes:
        name: as declared in the dataset (`date`, `age`, or an own taxonomy's name).
        levels: names, finest first; the last is always `*`.
    """

    name: str
    levels: tuple[str, ...]

    @abstractmethod
    def climb(self, values: pa.Array) -> Climb:
        """Place distinct values (NULL allowed) on every level.

        Raises:
            LadderDoesNotRefineError: a level doesn't refine the next one.
        """

    @abstractmethod
    def forms(self, level: str) -> tuple[str, ...]:
        """Return every form that the declarations name on a level, each once, in their order.

        From declarations alone, never from data: the keys of an aggregate. NULL and what isn't
        declared (`other`, and the `*` of unlisted places) are not among them.

        Raises:
            LadderError: no such level, or its forms can't be listed.
        """

    def form_count(self, level: str) -> int:
        """Return how many forms `forms` lists; raises LadderError where it does."""
        return len(self.forms(level))

    def check_level(self, level: str) -> None:
        """Raise LadderError unless there is such a level."""
        if level not in self.levels:
            known = ", ".join(self.levels)
            raise LadderError(f"no level {level!r}; the levels are {known}")

    @abstractmethod
    def levels_with(self, form: str) -> tuple[str, ...]:
        """Return every level on which `form` can be released, finest first.

        From declarations alone: it never looks at data, so that refusing an unknown value
        tells nothing about it. One form may stand on several levels (age `18-19`, a taxonomy's
        `Female`): whoever was given it on a coarse level may filter by it there. `*` is no
        filter: its level is returned, callers decide.
        """

    def level_of(self, form: str) -> str | None:
        """Return the finest level on which `form` can be released; None where there is none."""
        return next(iter(self.levels_with(form)), None)

    def interval(self, level: str, value: str) -> tuple[str, str] | None:
        """Return the first and last exact value (as text) of the band that holds `value`.

        Ordered ladders only (dates, ages, numbers); None for the others and for values that
        don't parse or lie out of bounds. A band is closed on both ends.
        """
        del level, value
        return None

    def value_of(self, form: str, level: str) -> str | None:
        """Return the text of some exact value that is released as `form` on `level`.

        On the finest level an exact value stands for itself, also where that level already
        merges (an age of 93). None where there is none, or where the ladder can't tell.
        """
        del form, level
        return None


def check_refines(name: str, rungs: tuple[Rung, ...], values: pa.Array) -> None:
    """Raise LadderDoesNotRefineError unless every rung is a function of the one below it.

    Args:
        name: the ladder, for the error.
        rungs: finest first.
        values: what the rungs place, in the same order; only two are read, for the error.
    """
    for finer, coarser in pairwise(rungs):
        first_seen = np.full(len(finer.forms), -1, dtype=np.int64)
        order = np.arange(len(finer.codes), dtype=np.int64)[::-1]
        first_seen[finer.codes[order]] = order
        parent = coarser.codes[first_seen[finer.codes]]
        wrong = np.flatnonzero(parent != coarser.codes)
        if len(wrong):
            second = int(wrong[0])
            first = int(first_seen[finer.codes[second]])
            raise LadderDoesNotRefineError(
                name, finer.level, str(values[first]), str(values[second])
            )
