"""The weighted distinct table: each combination of floor codes once, with its people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.diversity import SensitiveSets, add_members, empty_bits
from anonymizers.grouping import Grouping, group, pack
from anonymizers.heads import Heads
from anonymizers.set_values import SetValues
from anonymizers.value_counts import NOT_KNOWN, ValueCounts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.lattice import Node
    from anonymizers.populations import Mapped

# No declared column begins with `weir_`.
PEOPLE, MINORS = "weir_people", "weir_minors"
MOST_PEOPLE = 2**53


@dataclass(frozen=True)
class WeightedTable:
    """Distinct combinations of floor codes and the people who have them.

    Attributes:
        columns: the quasi-identifiers.
        codes: for each column (rows,) int32 floor codes.
        people: (rows,) int64, at least 1 each; minors: (rows,) how many of them are minors.
        sensitive: for each protected sensitive column the values of each row: which there are,
            how many people have each, or which sets of them people have.
        population: how many people look like a class, where k-map is asked.
    """

    columns: tuple[str, ...]
    codes: tuple[NDArray[np.int32], ...]
    people: NDArray[np.int64]
    minors: NDArray[np.int64]
    sensitive: Mapping[str, SensitiveSets | ValueCounts | SetValues]
    population: Mapped | None = None

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

    @cached_property
    def heads(self) -> Heads:
        """People, counted by whom a rule is about."""
        return Heads.of(self.people, self.minors)

    def against(self, everybody: WeightedTable, columns: Iterable[str]) -> WeightedTable:
        """Return the same people, whom t compares with everybody of another table.

        Args:
            everybody: these people and others, by the same codes of these columns.
            columns: sensitive ones, counted value by value in both tables.
        """
        held = {
            name: self.counts(name).against(everybody.counts(name).references) for name in columns
        }
        return replace(self, sensitive={**self.sensitive, **held})

    def counts(self, name: str) -> ValueCounts:
        """Return a sensitive column's counts; raises TypeError where only sets were collected."""
        values = self.sensitive[name]
        if not isinstance(values, ValueCounts):
            raise TypeError(f"column {name!r} is counted as sets; this model needs counts")
        return values

    def mapped(self, ladders: Sequence[Hierarchy], node: Node) -> NDArray[np.int64] | None:
        """Return how many of the population look like each row on a node; None without one."""
        if self.population is None:
            return None
        return self.population.count(ladders, self.codes, node, len(self.people))

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
            sensitive={name: values.picked(rows) for name, values in self.sensitive.items()},
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
            sensitive={name: values.joined(classes) for name, values in self.sensitive.items()},
            population=self.population,
        )


def weighted_table(
    table: pa.Table,
    columns: Sequence[str],
    sensitive: Sequence[str] = (),
    counted: Collection[str] = (),
    several: Mapping[str, NDArray[np.uint64]] = MappingProxyType({}),
) -> WeightedTable:
    """Build the weighted table from the engine's group-by.

    Args:
        table: one row for each combination of floor codes and sensitive codes that occurs:
            integer columns named as the columns, the sensitive columns (-1: not a known
            value; in the values' order where t is ordered), `weir_people`, and `weir_minors`
            (left out where there are none).
        columns: the quasi-identifiers.
        sensitive: sensitive columns that have a part in the model.
        counted: those of them of which people are counted value by value.
        several: those of them whose cells have several values, with the values of each code as
            bits (codes, words).

    Raises:
        ValueError: a NULL code or count, a negative floor code, or impossible counts.
    """
    codes = tuple(_integers(table, name).astype(np.int32) for name in columns)
    if any(len(column) and column.min() < 0 for column in codes):
        raise ValueError("floor codes are never negative")
    _, keys = pack(codes, [int(column.max(initial=0)) + 1 for column in codes], table.num_rows)
    flat = _flat(table, tuple(columns), codes)
    classes = group(keys)
    values = {name: _integers(table, name) for name in sensitive}
    merged = flat.merged(classes)
    return replace(
        merged,
        sensitive={
            name: SetValues.build(classes, codes_of, flat.heads, several[name])
            if name in several
            else _counts(codes_of, flat, classes)
            if name in counted
            else _sets(codes_of, flat, classes)
            for name, codes_of in values.items()
        },
    )


def _flat(
    table: pa.Table, columns: tuple[str, ...], codes: tuple[NDArray[np.int32], ...]
) -> WeightedTable:
    people = _integers(table, PEOPLE)
    minors = _integers(table, MINORS) if MINORS in table.column_names else np.zeros_like(people)
    return WeightedTable(columns, codes, people, minors, MappingProxyType({}))


def _integers(table: pa.Table, name: str) -> NDArray[np.int64]:
    column = table.column(name)
    if column.null_count:
        raise ValueError(f"column {name!r} of the weighted table has a NULL")
    values: NDArray[np.int64] = column.to_numpy().astype(np.int64, copy=False)
    return values


def _counts(values: NDArray[np.int64], flat: WeightedTable, classes: Grouping) -> ValueCounts:
    domain = int(values.max(initial=NOT_KNOWN)) + 1
    return ValueCounts.build(classes, values, flat.heads, domain)


def _sets(values: NDArray[np.int64], flat: WeightedTable, classes: Grouping) -> SensitiveSets:
    """Collect each row's values, apart for its adults and its minors."""
    row, heads = classes.class_of_rows(), flat.heads
    told = values > NOT_KNOWN
    sets = []
    for holders in (heads.adults > 0, heads.everybody > heads.adults):
        bits = empty_bits(len(classes.starts), int(values.max(initial=0)) + 1)
        add_members(bits, row[told & holders], values[told & holders])
        sets.append(bits)
    return SensitiveSets(*sets)
