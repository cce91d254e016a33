"""Populations for k-map: how many people there are for each combination of some columns.

k-map asks that every class looks like at least k people of the population, whether or not they
are in the data. It protects from somebody who has a register with the columns of this table and
doesn't know who of it is in the data. Somebody who knows other columns, or that a person is in
the data, is held off by k alone.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.grouping import pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.ladders.base import Ladder, Rung
    from anonymizers.lattice import Node

PEOPLE = "people"


class PopulationError(ValueError):
    """A population's file has a line that can't stand; the text names it."""


@dataclass(frozen=True)
class Population:
    """A table of a population.

    Attributes:
        columns: for each column named in the header (rows,) its values, text.
        people: (rows,) int64, at least 0.
    """

    columns: Mapping[str, tuple[str, ...]]
    people: NDArray[np.int64]


def parse_population(text: str) -> Population:
    """Read a population's file: a header, then one line for each combination.

    Args:
        text: CSV with commas, or with semicolons where its header has one. The column `people`
            says how many there are; lines that name a combination again add to it.

    Raises:
        PopulationError: no lines, no column `people` or none beside it, a column twice, a line of
            another length, an empty value, or people that aren't a whole number.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    header, *rows = _read_lines(lines) or [(0, ())]
    names = header[1]
    if PEOPLE not in names or len(names) < len(("column", PEOPLE)):
        raise PopulationError("the first line must name columns, `people` among them")
    if len(set(names)) < len(names) or "" in names:
        raise PopulationError("the first line names a column twice, or has an empty name")
    if not rows:
        raise PopulationError("the population has no lines below its first")
    for number, row in rows:
        if len(row) != len(names) or "" in row:
            raise PopulationError(f"line {number} of the population doesn't fill each column")
    by_name = dict(zip(names, zip(*(row for _, row in rows), strict=True), strict=True))
    counts = [_whole(number, row[names.index(PEOPLE)]) for number, row in rows]
    del by_name[PEOPLE]
    return Population(by_name, np.array(counts, dtype=np.int64))


def _read_lines(lines: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    delimiter = ";" if lines and ";" in lines[0] else ","
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        stripped = [(rows.line_num, tuple(cell.strip() for cell in row)) for row in rows]
    except csv.Error as error:
        raise PopulationError(f"line {rows.line_num} of the population: {error}") from error
    return [(number, row) for number, row in stripped if any(row)]


def _whole(number: int, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(2**50)):
        raise PopulationError(f"line {number} of the population: people must be a whole number")
    return int(text)


@dataclass(frozen=True)
class Mapped:
    """A population on the levels of the hierarchies that a search works with.

    Attributes:
        codes: for each column of the search that the population has, and each of its levels,
            (rows,) the code of the level's form; -1 where nobody in the data has that form.
        people: (rows,) int64.
    """

    codes: Mapping[int, tuple[NDArray[np.int32], ...]]
    people: NDArray[np.int64]

    def count(
        self,
        ladders: Sequence[Hierarchy],
        codes: Sequence[NDArray[np.int32]],
        node: Node,
        classes: int,
    ) -> NDArray[np.int64]:
        """Return how many people of the population look like each class on a node.

        This is monotone: forms of a level that are one stay one above, so on the way up a class
        meets whomever its parts met, and its count never falls.

        Args:
            ladders: all of the search's columns.
            codes: for each of them (classes,) the floor code of some member.
            node: the levels.
            classes: how many.
        """
        sizes = [len(ladders[axis].forms[node[axis]]) for axis in self.codes]
        here = [forms[node[axis]] for axis, forms in self.codes.items()]
        there = [ladders[axis].maps[node[axis]].take(codes[axis]) for axis in self.codes]
        met = np.ones(len(self.people), dtype=bool)
        for column in here:
            met &= column >= 0
        both = [
            np.concatenate([column, np.maximum(other, 0)])
            for column, other in zip(there, here, strict=True)
        ]
        _, keys = pack(both, sizes, classes + len(self.people))
        distinct, places = np.unique(keys, return_inverse=True)
        weights = np.where(met, self.people, 0)
        sums = np.bincount(places[classes:], weights=weights, minlength=len(distinct))
        counted: NDArray[np.int64] = sums[places[:classes]].astype(np.int64)
        return counted


def map_population(
    population: Population,
    columns: Sequence[str],
    hierarchies: Mapping[str, Hierarchy],
    sources: Mapping[str, Source],
) -> Mapped:
    """Place a population on the levels of a search.

    Args:
        population: as declared.
        columns: of the search; those that the population hasn't are told apart by k alone.
        hierarchies: one for each.
        sources: what the columns of both are made of.

    Raises:
        PopulationError: a value that the column's ladder doesn't know; the lint says so before.
    """
    codes = {
        axis: _codes(population.columns[name], hierarchies[name], sources[name])
        for axis, name in enumerate(columns)
        if name in population.columns
    }
    return Mapped(codes, population.people)


@dataclass(frozen=True)
class Source:
    """A column that a population and the data have in common: its ladder and stored type."""

    ladder: Ladder
    type: pa.DataType


def find_value(ladder: Ladder, floor: str, value: str) -> str | None:
    """Return an exact value behind a population's value: itself, or one with that floor form."""
    exact = ladder.value_of(value, ladder.levels[0])
    return ladder.value_of(value, floor) if exact is None else exact


def _codes(
    values: Sequence[str], hierarchy: Hierarchy, source: Source
) -> tuple[NDArray[np.int32], ...]:
    """Return the values' codes on each level of the hierarchy, -1 for forms it hasn't."""
    encoded = pa.array(values, pa.string()).dictionary_encode()
    exact = [
        find_value(source.ladder, hierarchy.levels[0], value)
        for value in encoded.dictionary.to_pylist()
    ]
    if None in exact:
        raise PopulationError("the population has a value that its column's ladder doesn't know")
    climb = source.ladder.climb(pa.array(exact, pa.string()).cast(source.type))
    places = encoded.indices.to_numpy()
    return tuple(
        _known_codes(climb.rung(level), forms)[places]
        for level, forms in zip(hierarchy.levels, hierarchy.forms, strict=True)
    )


def _known_codes(rung: Rung, forms: Sequence[str | None]) -> NDArray[np.int32]:
    """Return for each placed value the code that the hierarchy has for its form."""
    known = {form: code for code, form in enumerate(forms)}
    codes = np.array([known.get(form, -1) for form in rung.forms], dtype=np.int32)
    return codes[rung.codes]
