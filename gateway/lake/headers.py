"""Where the columns' names stand in a table that somebody laid out for people to look at."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.lake.sources import SourceError
from policies.reasons import Reason
from policies.recipes.folding import fold_name
from policies.recipes.words import ANY_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAD_ROWS = 60
"""So many rows that hold anything are looked at."""
LONGEST_NAME = 120  # characters; a longer text is a title or a note
FILLED_SHARE, DISTINCT_SHARE, NUMBERS_SHARE = 0.6, 0.8, 0.4
_NUMBER = re.compile(r"[-+]?[\d.,:/\s%'-]*\d[\d.,:/\s%'-]*\Z")

Row = tuple[int, tuple[str, ...]]
"""Its number as a spreadsheet counts, and its cells; '' where empty."""
Area = tuple[tuple[int, int], tuple[int, int]]
"""First and last row and column of a merged area, from 0."""


@dataclass(frozen=True)
class FoundHeader:
    """The columns' names.

    Attributes:
        names: one for each column, '' where there is none.
        row: that they stand in, the last one where they stand in two.
    """

    names: tuple[str, ...]
    row: int


def is_number(text: str) -> bool:
    """Whether a text is a number, a date or a time, however written."""
    return _NUMBER.match(text) is not None


def find_header(
    file: str,
    head: Sequence[Row],
    columns: Sequence[str] = (),
    stated: int | None = None,
    merged: Sequence[Area] = (),
) -> FoundHeader:
    """Find the row with the columns' names.

    The stated row wins; then the first with all columns that must be there; then the first whose
    cells are mostly filled, as far as those of the rows below, short, different and no numbers;
    else the first that holds anything.

    Args:
        file: its name, for messages.
        head: the first rows that hold anything, at least one.
        columns: names that must be there.
        stated: the row as somebody said it.
        merged: areas of which only the first cell holds a text.

    Raises:
        SourceError: nothing stands in the stated row.
    """
    found = list(_candidates(head, merged))
    if stated is not None:
        for header in found:
            if header.row == stated:  # of names in two rows it is the last one
                return header
        raise SourceError(Reason("no-such-header-row", {"file": file, "row": str(stated)}))
    for header in found:
        if columns and set(columns) <= set(header.names):
            return header
    filled = sorted(sum(map(bool, cells)) for _, cells in head)
    typical = filled[int(0.75 * (len(filled) - 1) + 0.5)]
    return next((header for header in found if _looks_right(header.names, typical)), found[0])


def _candidates(head: Sequence[Row], merged: Sequence[Area]) -> Iterator[FoundHeader]:
    for place, (number, cells) in enumerate(head):
        names = tuple(cell.strip() for cell in cells)
        below = head[place + 1] if place + 1 < len(head) else None
        groups = _groups(number, names, merged)
        if groups and below is not None and below[0] == number + 1:
            yield FoundHeader(_joined(names, groups, below[1]), below[0])
        else:
            yield FoundHeader(names, number)


def _groups(number: int, names: Sequence[str], merged: Sequence[Area]) -> dict[int, str]:
    """Return by column the name of its group, of a row in which several stand over columns."""
    groups = {
        column: names[left]
        for (top, left), (bottom, right) in merged
        if top == bottom == number - 1 and right > left < len(names)
        for column in range(left, right + 1)
    }
    return groups if sum(map(bool, names)) > 1 else {}


def _joined(names: Sequence[str], groups: dict[int, str], below: Sequence[str]) -> tuple[str, ...]:
    """Put a group's name before the names below it, unless it says what any group could.

    Whose data a group holds matters: another person's sex isn't the victim's.
    """
    own = [below[column].strip() if column < len(below) else "" for column in range(len(names))]
    parts = ((groups.get(column, name), own[column]) for column, name in enumerate(names))
    return tuple(
        name
        if fold_name(group) in ANY_GROUP and own.count(name) == 1 and name
        else " ".join(filter(None, (group, name)))
        for group, name in parts
    )


def _looks_right(names: Sequence[str], typical: int) -> bool:
    filled = [name for name in names if name]
    if len(filled) < max(min(2, typical), math.ceil(FILLED_SHARE * typical)):
        return False
    numbers = sum(map(is_number, filled))
    return (
        max(map(len, filled)) <= LONGEST_NAME
        and len(set(filled)) >= DISTINCT_SHARE * len(filled)
        and numbers <= NUMBERS_SHARE * len(filled)
    )
