"""How distinct values are placed on a ladder's levels: one rung after another, then `*`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.ladders.base import OTHER, TOP, Climb, Rung, check_refines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Describe = Callable[[Ints], tuple[list[str], Ints]]


@dataclass(frozen=True)
class Placement:
    """One level of values that are neither NULL nor outside the declarations.

    Attributes:
        level: the level's name.
        groups: (n,) the number of each value's group; read only where the value is known.
        describe: distinct group numbers, rising → their forms and their leaves.
    """

    level: str
    groups: Ints
    describe: Describe


@dataclass(frozen=True)
class Standing:
    """Which of n values are NULL and which are `other`; the rest are known.

    Attributes:
        null: (n,) mask of NULL.
        other: (n,) mask of values out of bounds or unknown, apart from `null`.
    """

    null: Mask
    other: Mask

    def place(self, placement: Placement) -> Rung:
        """Make one rung; NULL and `other` are classes of their own with one leaf each."""
        known = ~(self.null | self.other)
        distinct, inverse = np.unique(placement.groups[known], return_inverse=True)
        texts, leaves = placement.describe(distinct)
        forms: list[str | None] = [*texts]
        codes = np.empty(len(known), dtype=np.int32)
        codes[known] = inverse
        for mask, form in ((self.null, None), (self.other, OTHER)):
            if mask.any():
                codes[mask] = len(forms)
                forms.append(form)
        extra = np.ones(len(forms) - len(texts), dtype=np.int64)
        return Rung(placement.level, codes, tuple(forms), np.concatenate([leaves, extra]))


def climb_rungs(
    name: str,
    values: pa.Array,
    standing: Standing,
    placements: Iterable[Placement],
    domain: int,
) -> Climb:
    """Place values on every level and close with `*`, where NULL and `other` merge too.

    Raises:
        LadderDoesNotRefineError: a level doesn't refine the next one.
    """
    top = Rung(TOP, np.zeros(len(values), dtype=np.int32), (TOP,), np.array([domain]))
    rungs = (*(standing.place(placement) for placement in placements), top)
    check_refines(name, rungs, values)
    return Climb(values, rungs, domain)
