"""The recount's part on cells with several codes: how few values cover a class of a file.

Set by set in plain Python, and by another way than `covers`: here the values of a smallest set
are tried, one of which every cover has; there every value is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.recount_values import class_numbers
from anonymizers.unknown_values import is_known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from anonymizers.models import Model
    from anonymizers.tallies import FileTally

Values = frozenset[str]


def known_parts(
    cell: str | None, separator: str | None, says_nothing: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the known values of a cell as a file has it; without separator it has one at most."""
    parts = [] if cell is None else [cell] if separator is None else cell.split(separator)
    return (part for part in parts if is_known(part, says_nothing))


def fewest_covering(sets: Collection[Values], most: int) -> int:
    """Return how few values have one in each set; 0 without sets, `most` at the most."""
    return next((few for few in range(most) if _can_cover(sets, few)), most)


def _can_cover(sets: Collection[Values], values: int) -> bool:
    if not sets:
        return True
    smallest = min(sets, key=len)
    return values > 0 and any(
        _can_cover([other for other in sets if value not in other], values - 1)
        for value in smallest
    )


@dataclass(frozen=True)
class SetColumn:
    """A sensitive column with several codes in a cell.

    Attributes:
        separator: between the codes.
        least: l; covers of more values aren't tried.
        says_nothing: values that count as unknown, besides those that always do.
    """

    name: str
    separator: str
    least: int
    says_nothing: Sequence[str] = ()


@dataclass(frozen=True)
class FileSets:
    """The sets of values of one such column, as a file has them.

    Attributes:
        fewest: how few values cover a class, counted up to the l that is asked; None without
            rows.
    """

    name: str
    fewest: int | None

    def broken(self, model: Model) -> Iterator[str]:
        """Yield the rules that some class doesn't keep."""
        if self.fewest is not None and self.fewest < model.l[self.name]:
            yield "l"


def file_sets(
    tally: FileTally, number: int, quasi_identifiers: Sequence[str], column: SetColumn
) -> FileSets:
    """Count how few values cover a class of a file.

    Args:
        tally: of the file.
        number: of its set that has the quasi-identifiers and the column.
        quasi_identifiers: the classes' columns.
        column: whose values are counted.
    """
    counts, texts = tally.counts(number), tally.texts(column.name).to_pylist()
    (key,) = tally.keys([column.name])
    nothing = column.says_nothing
    cells = [frozenset(known_parts(cell, column.separator, nothing)) for cell in texts]
    classes = class_numbers(counts, tally.keys(quasi_identifiers)).tolist()
    by_class: dict[int, set[Values]] = {number: set() for number in classes}
    for of_class, cell in zip(classes, counts[key].to_pylist(), strict=True):
        if cells[cell]:
            by_class[of_class].add(cells[cell])
    distinct = {frozenset(sets) for sets in by_class.values()}
    fewest = min((fewest_covering(sets, column.least) for sets in distinct), default=None)
    return FileSets(column.name, fewest)
