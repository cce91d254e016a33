"""The weighted distinct table: each combination of floor codes once, with its people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.diversity import SensitiveSets, add_members, empty_bits
from anonymizers.grouping import Grouping, group, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

PEOPLE, MINORS = "weir_people", "weir_minors"  # no declared column begins with `weir_`
NOT_KNOWN = -1
MOST_PEOPLE = 2**53


@dataclass(frozen=True)
class WeightedTable:
    """Distinct combinations of floor codes and the people who have them.

    Attributes:
        columns: the quasi-identifiers.
        codes: for each column (rows,) int32 floor codes.
        people: (rows,) int64, at least 1 each; minors: (rows,) how many of them are minors.
        sensitive: for each protected sensitive column the known values of each row.
    """

    columns: tuple[str, ...]
    codes: tuple[NDArray[np.int32], ...]
    people: NDArray[np.int64]
    minors: NDArray[np.int64]
    sensitive: Mapping[str, SensitiveSets]

    def __post_init__(self) -> None:
        """Refuse counts that can't be."""
        if len(self.columns) != len(self.codes):
            raise ValueError("each column needs its codes")
        if (self.people < 1).any() or (self.minors < 0).any() or (self.minors > self.people).any():
            raise ValueError("people must be at least 1 in every row, minors some of them")
        if self.total >= MOST_PEOPLE:
            raise ValueError("more people than counts can hold exactly")

    @property
    def total(self) -> int:
        """People in all rows."""
        return int(self.people.sum())

    def by_column(self) -> Iterator[tuple[str, NDArray[np.int32]]]:
        """Iterate over columns with their codes."""
        return zip(self.columns, self.codes, strict=True)

    def picked(self, rows: NDArray[np.int64]) -> WeightedTable:
        """Return some of the rows, named in rising order."""
        return replace(
            self,
            codes=tuple(codes[rows] for codes in self.codes),
            people=self.people[rows],
            minors=self.minors[rows],
            sensitive={name: sets.picked(rows) for name, sets in self.sensitive.items()},
        )

    def merged(self, classes: Grouping) -> WeightedTable:
        """Return one row for each class: any member's codes, everybody's people.

        A member's codes stand for the class on every level on which the class is one,
        and on every coarser level, because levels refine.
        """
        first = classes.first
        return WeightedTable(
            columns=self.columns,
            codes=tuple(codes[first] for codes in self.codes),
            people=classes.sums(self.people),
            minors=classes.sums(self.minors),
            sensitive={name: sets.joined(classes) for name, sets in self.sensitive.items()},
        )


def weighted_table(
    table: pa.Table, columns: Sequence[str], sensitive: Sequence[str] = ()
) -> WeightedTable:
    """Build the weighted table from the engine's group-by.

    Args:
        table: one row for each combination of floor codes and sensitive codes that occurs:
            integer columns named as the columns, the sensitive columns (-1: not a known
            value), `weir_people`, and `weir_minors` (left out where there is no rule for minors).
        columns: the quasi-identifiers.
        sensitive: sensitive columns that l protects.

    Raises:
        ValueError: a NULL code or count, a negative floor code, or impossible counts.
    """
    codes = tuple(_integers(table, name).astype(np.int32) for name in columns)
    if any(len(column) and column.min() < 0 for column in codes):
        raise ValueError("floor codes are never negative")
    _, keys = pack(codes, [int(column.max(initial=0)) + 1 for column in codes], table.num_rows)
    people = _integers(table, PEOPLE)
    minors = _integers(table, MINORS) if MINORS in table.column_names else np.zeros_like(people)
    flat = WeightedTable(tuple(columns), codes, people, minors, MappingProxyType({}))
    classes = group(keys)
    sets = {name: _sets(_integers(table, name), flat, classes) for name in sensitive}
    merged = flat.merged(classes)
    return WeightedTable(merged.columns, merged.codes, merged.people, merged.minors, sets)


def _integers(table: pa.Table, name: str) -> NDArray[np.int64]:
    column = table.column(name)
    if column.null_count:
        raise ValueError(f"column {name!r} of the weighted table has a NULL")
    values: NDArray[np.int64] = column.to_numpy().astype(np.int64, copy=False)
    return values


def _sets(values: NDArray[np.int64], flat: WeightedTable, classes: Grouping) -> SensitiveSets:
    """Collect each row's known values, apart for its adults and its minors."""
    row = classes.class_of_rows()
    known = values > NOT_KNOWN
    sets = []
    for holders in (flat.people > flat.minors, flat.minors > 0):
        bits = empty_bits(len(classes.starts), int(values.max(initial=0)) + 1)
        add_members(bits, row[known & holders], values[known & holders])
        sets.append(bits)
    return SensitiveSets(*sets)
