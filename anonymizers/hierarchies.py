"""One column's ladder between its policy floor and ceiling, as arrays the search works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.ladders.base import LadderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb, Rung


@dataclass(frozen=True)
class Hierarchy:
    """Levels from floor to ceiling, addressed by floor codes.

    Attributes:
        levels: names, finest (the floor) first.
        maps: for each level (floor forms,) int32: the level's code of each floor code; -1 for a
            floor code that no value has.
        forms: for each level the released forms; None stands for NULL.
        widths: for each level (forms,) int64: leaves under the form, less one.
        span: leaves of the whole domain, less one; at least 1.
    """

    levels: tuple[str, ...]
    maps: tuple[NDArray[np.int32], ...]
    forms: tuple[tuple[str | None, ...], ...]
    widths: tuple[NDArray[np.int64], ...]
    span: int

    @classmethod
    def between(cls, climb: Climb, floor: str, ceiling: str) -> Hierarchy:
        """Cut a climb to the levels that a policy allows, and check that they refine.

        Args:
            climb: the column's distinct values on every level.
            floor: finest level that may leave.
            ceiling: coarsest level allowed.

        Raises:
            LadderError: no such level, floor above ceiling, or a level that doesn't refine
                the next one.
        """
        rungs = _cut(climb, floor, ceiling)
        span = max(climb.domain - 1, 1)
        hierarchy = cls(
            levels=tuple(rung.level for rung in rungs),
            maps=tuple(_map(rungs[0], rung) for rung in rungs),
            forms=tuple(rung.forms for rung in rungs),
            widths=tuple(np.minimum(rung.leaves.astype(np.int64) - 1, span) for rung in rungs),
            span=span,
        )
        hierarchy._check(rungs)
        return hierarchy

    def codes_at(self, level: int, floor_codes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the codes on a level of rows given by floor code.

        Raises:
            LadderError: a code that no value of this column has: rows and ladder don't
                belong together.
        """
        return look_up(self.maps[level], floor_codes)

    def cell_loss(self, level: int) -> NDArray[np.float64]:
        """Return each form's loss: (leaves - 1) / (domain - 1), 0 where the domain is 1."""
        loss: NDArray[np.float64] = self.widths[level] / self.span
        return loss

    def _check(self, rungs: tuple[Rung, ...]) -> None:
        """Hold what the search's bounds rest on: levels refine, and widths grow upwards."""
        for finer, coarser in zip(range(len(rungs)), range(1, len(rungs)), strict=False):
            parents = rungs[coarser].codes
            if (_map(rungs[finer], rungs[coarser])[rungs[finer].codes] != parents).any():
                raise LadderError(f"level {self.levels[finer]!r} doesn't refine the next level")
            if (self.widths[coarser][parents] < self.widths[finer][rungs[finer].codes]).any():
                raise LadderError(f"level {self.levels[coarser]!r} covers less than a finer one")
        for level, forms in zip(self.levels, self.forms, strict=True):
            if len(set(forms)) < len(forms):
                raise LadderError(f"level {level!r} has the same released form twice")


def look_up(mapped: NDArray[np.int32], floor_codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Map floor codes; raise LadderError for one that is out of range or that no value has."""
    if len(floor_codes) and not 0 <= floor_codes.min() <= floor_codes.max() < len(mapped):
        raise LadderError("a row has a code outside its ladder; build both from one snapshot")
    codes: NDArray[np.int32] = mapped[floor_codes]
    if len(codes) and codes.min() < 0:
        raise LadderError("a row has a code that no value has; build both from one snapshot")
    return codes


def forms_at(forms: Sequence[str | None], codes: NDArray[np.int32]) -> pa.Array:
    """Return released forms given by their place: a dictionary of all of them; None is NULL."""
    missing = np.array([form is None for form in forms], dtype=np.bool_)
    places = pa.array(codes, mask=missing[codes]) if missing.any() else pa.array(codes)
    texts = pa.array(["" if form is None else form for form in forms], pa.string())
    return pa.DictionaryArray.from_arrays(places, texts)


def _cut(climb: Climb, floor: str, ceiling: str) -> tuple[Rung, ...]:
    first, last = climb.rung(floor), climb.rung(ceiling)
    low, high = climb.rungs.index(first), climb.rungs.index(last)
    if low > high:
        raise LadderError(f"the floor {floor!r} is coarser than the ceiling {ceiling!r}")
    return climb.rungs[low : high + 1]


def _map(finer: Rung, coarser: Rung) -> NDArray[np.int32]:
    """Return the coarser code of each finer code, by the last value that has it."""
    mapped = np.full(len(finer.forms), -1, dtype=np.int32)
    mapped[finer.codes] = coarser.codes
    return mapped
