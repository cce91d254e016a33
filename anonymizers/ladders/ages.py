"""The ladder `age`: whole years in bands that all cut at 18, and one class from 90 up.

Bands are multiples of their width, split at 18 because minors are protected apart, and open
from 90 because a rarer age stands out (45 CFR 164.514(b)(2)(i)(C)). `2-years` also has to lie
inside `5-years`: so each five years part into two and three, never leaving one year alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.ordered import Bands, OrderedLadder, read_bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MAJORITY = 18
OPEN_FROM = 90
OLDEST = 150
_FORM = re.compile(r"([0-9]{1,3})(?:-[0-9]{1,3}|\+)?")
_EXACT = re.compile(r"[0-9]{1,3}")


def _bands(level: str, starts: Iterable[int]) -> Bands:
    """Make a level whose bands start at the given ages; the last one is open."""
    edges = np.array(sorted(starts), dtype=np.int64)
    ends = np.append(edges[1:], OLDEST + 1)
    forms = [_text(int(a), int(b) - 1) for a, b in zip(edges, ends, strict=True)]
    return Bands(
        level,
        numbers=lambda ages: np.searchsorted(edges, ages, side="right") - 1,
        starts=lambda numbers: np.append(edges, OLDEST + 1)[numbers],
        texts=lambda numbers: [forms[n] for n in numbers.tolist()],
    )


def _text(first: int, last: int) -> str:
    if last == OLDEST:
        return f"{first}+"
    return str(first) if first == last else f"{first}-{last}"


def _multiples(width: int) -> set[int]:
    return {*range(0, OPEN_FROM, width), MAJORITY, OPEN_FROM}


_TWOS = {start for five in range(0, OPEN_FROM, 5) for start in (five, five + 2)}

BANDS = (
    _bands("exact", range(OPEN_FROM + 1)),
    _bands("2-years", (_TWOS - {MAJORITY - 1}) | {MAJORITY, OPEN_FROM}),
    _bands("5-years", _multiples(5)),
    _bands("10-years", _multiples(10)),
    _bands("20-years", _multiples(20)),
    _bands("majority", {0, MAJORITY}),
)


class AgeLadder(OrderedLadder):
    """`age` over the years of declared bounds."""

    def __init__(self, bounds: Sequence[object] | None) -> None:
        """Take the youngest and the oldest age.

        Raises:
            LadderError: the bounds are missing, no whole years from 0 to 150, or reversed.
        """
        super().__init__("age", read_bounds("age", bounds, _bound_age), BANDS)

    def read(self, values: pa.Array) -> tuple[Ints, Mask]:
        """Take whole years as they are."""
        if not pa.types.is_signed_integer(values.type):
            raise LadderError(f"ladder {self.name} takes whole years, not {values.type}")
        ages = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return ages, values.is_valid().to_numpy(zero_copy_only=False)

    def parse(self, value: str) -> int | None:
        """Read whole years."""
        return int(value) if _EXACT.fullmatch(value) else None

    def text(self, value: int) -> str:
        """Write whole years."""
        return str(value)

    def value_in(self, form: str) -> int | None:
        """Return the first age that `form` names."""
        match = _FORM.fullmatch(form)
        return int(match[1]) if match and int(match[1]) <= OLDEST else None


def _bound_age(bound: object) -> int:
    if isinstance(bound, bool) or not isinstance(bound, int) or not 0 <= bound <= OLDEST:
        raise ValueError(bound)
    return bound
