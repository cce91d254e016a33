"""Chunks of records on their way into counts: whole people, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Chunk:
    """Records of whole privacy units, n of them.

    Attributes:
        person: (n,) int64, ascending: equal for the records of one privacy unit.
        rank: (n,) int32, from 1 on, ascending within a privacy unit: its contribution ranks.
        codes: by column, (n,) int32: which of the column's distinct values a record has.
        amounts: by column, (n,) int64 in units; anything where `known` is false.
        known: by column, (n,) bool: whether there is an amount.
    """

    person: Ints
    rank: NDArray[np.int32]
    codes: Mapping[str, NDArray[np.int32]]
    amounts: Mapping[str, Ints]
    known: Mapping[str, Mask]


def up_to_rank(chunk: Chunk, most: int) -> Mask:
    """Mark the records whose stored contribution rank is at most `most`.

    Guarantee:
        At most so many records of each privacy unit, whatever else is asked: ranks of one unit
        differ. What a condition then leaves out was chosen before it was known.
    """
    return chunk.rank <= most


def first_of(person: Ints, most: int) -> Mask:
    """Mark the first records of each privacy unit among those given, `most` of each.

    Args:
        person: ascending, of the records that conditions let through.
        most: 1 or more.

    Guarantee:
        At most so many records of each privacy unit, chosen among those asked for. All records
        take part: no unit is thought light enough to be passed over.
    """
    places = np.arange(len(person))
    starts = np.ones(len(person), dtype=bool)
    starts[1:] = person[1:] != person[:-1]
    first = np.maximum.accumulate(np.where(starts, places, 0))
    marks: Mask = places - first < most
    return marks
