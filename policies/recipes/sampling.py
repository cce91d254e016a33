"""A sample of a contributor's file: its columns in their order, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_VALUES = 1_000  # distinct ones of a column
MOST_ROWS = 100_000


@dataclass(frozen=True)
class ColumnSample:
    """One column of the sample.

    Attributes:
        name: as the file has it.
        counts: how often each distinct value was seen, at most `MOST_VALUES` of them.
        blanks: rows with nothing there.
    """

    name: str
    counts: Mapping[str, int]
    blanks: int = 0


@dataclass(frozen=True)
class FileSample:
    """The first rows of a file, at most `MOST_ROWS`.

    Attributes:
        columns: in the order of the file, each name once.
        rows: how many were read.
        twice: names that stand over several columns, so that none of these could be named.
    """

    columns: tuple[ColumnSample, ...]
    rows: int
    twice: tuple[str, ...] = ()
