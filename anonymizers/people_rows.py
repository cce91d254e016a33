"""The rows of people, collected batch by batch: whose each is, and where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import group
from anonymizers.multisets import BLOCK, Multisets
from anonymizers.numbering import MOST, Places
from anonymizers.sequences import PeopleCounts, SequenceTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class PeopleRows:
    """The rows of people, by number: what their table and their classes are made of.

    Attributes:
        table: the distinct sequences.
        sequence_of: (people,) int32, each person's sequence.
        minor: (people,) who is a minor or of unknown age by any of their rows.
        person, place: (rows,) int32, whose each row is, and its place.
        cells: (rows,) int32 codes of further columns.
    """

    table: SequenceTable
    sequence_of: NDArray[np.int32]
    minor: NDArray[np.bool_]
    person: NDArray[np.int32]
    place: NDArray[np.int32]
    cells: Mapping[str, NDArray[np.int32]]


class RowCollector:
    """Collects the rows of people, in any order.

    Memory: 8 bytes a row and 4 for each further column. Besides, the codes of each place, 20
    bytes and a few more for each person; and at the end the people's sequences: 4 bytes a row, 8
    until the distinct ones are picked.
    """

    def __init__(self, rows: int, sizes: Mapping[str, int], cells: Iterable[str] = ()) -> None:
        """Begin without rows.

        Args:
            rows: how many will come.
            sizes: for each quasi-identifier how many floor codes it has.
            cells: further columns.

        Raises:
            ValueError: more rows than can be numbered.
        """
        if rows >= MOST:
            raise ValueError("more records than can be numbered")
        self._person, self._place = (np.empty(rows, dtype=np.int32) for _ in range(2))
        self._cells = {name: np.empty(rows, dtype=np.int32) for name in cells}
        self._places, self._rows = Places(sizes), 0
        self._lengths = np.zeros(0, dtype=np.int32)
        self._minor = np.zeros(0, dtype=np.bool_)

    def add(
        self,
        person: NDArray[np.int64],
        codes: Mapping[str, NDArray[np.int32]],
        minors: NDArray[np.bool_],
        cells: Mapping[str, NDArray[np.int32]],
    ) -> None:
        """Collect further rows.

        Args:
            person: (rows,) people numbered from 0.
            codes: for each quasi-identifier (rows,) floor codes.
            minors: (rows,) which rows are a minor's or of unknown age.
            cells: for each further column (rows,) codes.

        Raises:
            ValueError: a code beyond its ladder, or more rows than were to come.
        """
        here = slice(self._rows, self._rows + len(person))
        if here.stop > len(self._person):
            raise ValueError("more records than were to come")
        self._rows = here.stop
        self._person[here] = person
        self._place[here] = self._places.numbers(codes, len(person))
        for name, column in self._cells.items():
            column[here] = cells[name]
        self._make_room(int(person.max(initial=-1)) + 1)
        people, rows = np.unique(person, return_counts=True)
        self._lengths[people] += rows.astype(np.int32)
        self._minor[person[minors]] = True

    def _make_room(self, people: int) -> None:
        missing = people - len(self._lengths)
        if missing > 0:
            self._lengths, self._minor = (
                np.append(of_people, np.zeros(missing, dtype=of_people.dtype))
                for of_people in (self._lengths, self._minor)
            )

    def finish(self) -> PeopleRows:
        """Lay the rows into sequences.

        Raises:
            ValueError: a number that nobody has, fewer rows than were to come, or impossible
                counts.
        """
        if self._rows < len(self._person):
            raise ValueError("fewer records than were to come")
        if not self._lengths.all():
            raise ValueError("people must be numbered from 0, without gaps")
        codes, by_size = self._places.codes(), np.argsort(self._lengths, kind="stable")
        sequences = _sequences(self._person, self._place, self._lengths, by_size)
        places = len(next(iter(codes.values()))) if codes else 1
        distinct = group(sequences.keys(places))
        sequence_of = np.empty(len(by_size), dtype=np.int32)
        sequence_of[by_size] = distinct.class_of_rows()
        kinds = (np.ones_like(self._minor), self._minor)
        heads = (distinct.sums(kind[by_size].astype(np.int64)) for kind in kinds)
        table = SequenceTable(
            columns=tuple(codes),
            codes=tuple(codes.values()),
            sequences=sequences.picked(distinct.first),
            heads=PeopleCounts(*heads),
        )
        return PeopleRows(table, sequence_of, self._minor, self._person, self._place, self._cells)


def _sequences(
    person: NDArray[np.int32],
    place: NDArray[np.int32],
    lengths: NDArray[np.int32],
    by_size: NDArray[np.int64],
) -> Multisets:
    """Lay the places of each person together, those with as many rows side by side."""
    ends = np.cumsum(lengths[by_size], dtype=np.int64)
    to = np.empty(len(lengths), dtype=np.int64)
    to[by_size] = ends - lengths[by_size]  # where each one's next row goes
    laid = np.empty(len(person), dtype=np.int32)
    for start in range(0, len(person), BLOCK):
        part = slice(start, start + BLOCK)
        rows = group(person[part].astype(np.int64))
        many = np.diff(np.append(rows.starts, len(rows.order)))
        nth = np.arange(len(rows.order)) - np.repeat(rows.starts, many)
        laid[np.repeat(to[rows.keys], many) + nth] = place[part][rows.order]
        to[rows.keys] += many
    sizes, firsts = np.unique(lengths[by_size], return_index=True)
    cuts = np.append(0, ends)[np.append(firsts, len(lengths))]
    blocks = (
        laid[begin:end].reshape(-1, size)
        for size, begin, end in zip(sizes, cuts, cuts[1:], strict=False)
    )
    sequences = Multisets(tuple(blocks))
    for block in sequences.blocks:
        block.sort(axis=1)
    return sequences
