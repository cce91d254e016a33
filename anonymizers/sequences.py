"""People by their whole sequence of released rows: what k counts where rows are several.

A row at the floors is a *place*: one combination of floor codes. A person's sequence is the
multiset of the places of all their rows. Two people are in one class on some levels when their
multisets of released forms are equal there, the number of rows included. (The word sequence is
the policy's; which of two rows with the same released form came first is never released: rows
leave in keyed order of their records.)

**Guarantee.** Somebody who knows everything about a person's rows, on the released levels or
finer, and even further rows that weren't released, finds at least k people whom these rows may
be: everybody of the person's class has the very same released rows. Whoever knows less finds
more. So intervals between dates, and ways between places, single nobody out at the released
level. **Does not protect** what the columns that aren't quasi-identifiers tell.

**Why the search holds.** Levels refine, so the released form of a place on a coarser level is a
function of its form on a finer one. A multiset of coarser forms is then a function of the
multiset of finer forms (each element is mapped by itself): people who are one class on some
levels are one class on every coarser one. Going up, classes only merge. That is all that
`standing` and `lattice` ask for: who stays on some levels stays on coarser ones, and the number
of people left out never grows. The loss counts records (a cell is a cell, whoever has it), and
leaving a person out sets all of their cells to 1; each bound in `lattice` is a sum over cells,
so it holds word by word. The limit of suppression counts people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import group, pack
from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE
from anonymizers.weighted import MOST_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping
    from anonymizers.models import Model

NO_ROW = 0  # in a sequence: shorter than the longest


@dataclass(frozen=True)
class PeopleCounts:
    """How many people of each kind there are, of each sequence or class.

    Attributes:
        people: (n,) int64, at least 1 each.
        minors: (n,) how many of them are minors.
        known: (n,) how many the recipient knows by itself: they are in the data only through its
            own submissions, and hide nobody from it.
        known_minors: (n,) how many of these are minors.
    """

    people: NDArray[np.int64]
    minors: NDArray[np.int64]
    known: NDArray[np.int64]
    known_minors: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse counts that can't be."""
        adults, known_adults = self.people - self.minors, self.known - self.known_minors
        parts = (self.people - 1, self.known_minors, known_adults)
        rests = (self.minors - self.known_minors, adults - known_adults)
        if any((part < 0).any() for part in (*parts, *rests)):
            raise ValueError("at least one of people; minors, and known people, some of them")

    def of_classes(self, classes: Grouping) -> PeopleCounts:
        """Sum the people of each class."""
        parts = (self.people, self.minors, self.known, self.known_minors)
        return PeopleCounts(*(classes.sums(part) for part in parts))

    @property
    def others(self) -> NDArray[np.int64]:
        """People whom the recipient doesn't know."""
        return self.people - self.known

    def standing(self, model: Model) -> NDArray[np.uint8]:
        """Say who of each class may stay by its number of people: everybody, its adults, nobody.

        As in `standing`: whoever the recipient knows isn't counted, whoever is a minor needs the
        k of minors, and adults may stay where they are enough by themselves.
        """
        others = self.others
        if model.k_minors is None:
            return np.where(others >= model.k, WHOLE, LEFT_OUT).astype(np.uint8)
        whole = others >= np.where(self.minors > 0, model.k_minors, model.k)
        alone = others - (self.minors - self.known_minors) >= model.k
        return np.where(whole, WHOLE, np.where(alone, ADULTS_ONLY, LEFT_OUT)).astype(np.uint8)


@dataclass(frozen=True)
class SequenceTable:
    """Distinct sequences of places, and the people who have them.

    Attributes:
        columns: the quasi-identifiers.
        codes: for each column (places,) int32 floor codes.
        sequences: (sequences, longest) int32; 0 for no row, n for place n - 1; rows ascending.
        heads: the people who have each sequence.
    """

    columns: tuple[str, ...]
    codes: tuple[NDArray[np.int32], ...]
    sequences: NDArray[np.int32]
    heads: PeopleCounts

    def __post_init__(self) -> None:
        """Refuse counts that can't be."""
        if len(self.columns) != len(self.codes):
            raise ValueError("each column needs its codes")
        if self.records >= MOST_PEOPLE:
            raise ValueError("more records than counts can hold exactly")

    @property
    def total(self) -> int:
        """People in all sequences."""
        return int(self.heads.people.sum())

    @property
    def places(self) -> int:
        """How many different places there are; without columns all rows lie at one."""
        return len(self.codes[0]) if self.codes else 1

    @property
    def records(self) -> int:
        """Rows of all people."""
        return int(self.rows_at(self.heads.people).sum())

    def rows_at(self, people: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many rows lie at each place, for so many people of each sequence."""
        weights = np.repeat(people, self.sequences.shape[1])
        rows = np.bincount(self.sequences.reshape(-1), weights=weights, minlength=self.places + 1)
        return rows[1:].astype(np.int64)

    def moved(self, place_of: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the sequences over coarser places, rows ascending again.

        Args:
            place_of: (places,) the coarser place of each place, from 0.
        """
        to = np.append(NO_ROW, place_of + 1).astype(np.int32)
        moved = to[self.sequences]
        moved.sort(axis=1)
        return moved


def sequence_keys(sequences: NDArray[np.int32], places: int) -> NDArray[np.int64]:
    """Return one number for each sequence, equal for equal ones, sorted as their rows are."""
    columns = [sequences[:, row] for row in range(sequences.shape[1])]
    return pack(columns, [places + 1] * len(columns), len(sequences))[1]


@dataclass(frozen=True)
class PeopleRows:
    """The rows of people, by number: what their table and their classes are made of.

    Attributes:
        table: the distinct sequences.
        sequence_of: (people,) each person's sequence.
        minor: (people,) who is a minor or of unknown age by any of their rows.
        known: (people,) whom the recipient knows by itself.
        person, place: (rows,) whose each row is, and its place.
    """

    table: SequenceTable
    sequence_of: NDArray[np.int64]
    minor: NDArray[np.bool_]
    known: NDArray[np.bool_]
    person: NDArray[np.int64]
    place: NDArray[np.int64]


def people_rows(
    person: NDArray[np.int64],
    codes: Mapping[str, NDArray[np.int32]],
    minors: NDArray[np.bool_],
    known: NDArray[np.bool_] | None = None,
) -> PeopleRows:
    """Collect the sequences of people from their rows, in any order.

    Memory: 40 bytes a row, 4 bytes a person for each row of whoever has most, while it works.

    Args:
        person: (rows,) people numbered from 0, each with at least one row.
        codes: for each quasi-identifier (rows,) floor codes.
        minors: (rows,) which rows are a minor's or of unknown age.
        known: (rows,) which rows are of people whom the recipient knows by itself; None: nobody.

    Raises:
        ValueError: a negative floor code, a number that nobody has, or impossible counts.
    """
    if any(len(column) and column.min() < 0 for column in codes.values()):
        raise ValueError("floor codes are never negative")
    lengths = np.bincount(person)
    if not lengths.all():
        raise ValueError("people must be numbered from 0, without gaps")
    place, first = _places(codes, len(person))
    sequences = _sequences(person, place, lengths)
    distinct = group(sequence_keys(sequences, len(first)))
    minor, by_itself = (
        np.bincount(person, weights=rows, minlength=len(lengths)) > 0
        for rows in (minors, np.zeros(len(person), bool) if known is None else known)
    )
    kinds = (np.ones(len(lengths), bool), minor, by_itself, minor & by_itself)
    table = SequenceTable(
        columns=tuple(codes),
        codes=tuple(column[first] for column in codes.values()),
        sequences=sequences[distinct.first],
        heads=PeopleCounts(*(distinct.sums(kind.astype(np.int64)) for kind in kinds)),
    )
    return PeopleRows(table, distinct.class_of_rows(), minor, by_itself, person, place)


def _places(
    codes: Mapping[str, NDArray[np.int32]], rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the combinations of floor codes; one row of each stands for it."""
    sizes = [int(column.max(initial=0)) + 1 for column in codes.values()]
    places = group(pack(list(codes.values()), sizes, rows)[1])
    return places.class_of_rows(), places.first


def _sequences(
    person: NDArray[np.int64], place: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Lay each person's places into a row, ascending, no row first."""
    longest = int(lengths.max(initial=0))
    sequences = np.full((len(lengths), longest), NO_ROW, dtype=np.int32)
    order = np.argsort(person, kind="stable")
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    sequences[person[order], np.arange(len(person)) - begins] = place[order] + 1
    sequences.sort(axis=1)
    return sequences
