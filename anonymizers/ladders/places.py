"""Ladders over places that a table lists, with who lives there.

What the table doesn't list, and what could be two of its places, is suppressed: it leaves as `*`
on every level, never as a place that it resembles.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP, Ladder, LadderError
from anonymizers.ladders.census import Census
from anonymizers.ladders.pooling import Pool, divide
from anonymizers.ladders.tables import TableLadder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anonymizers.ladders.pooling import Together

    Line = tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where a population table comes from.

    Attributes:
        name: publisher and publication; as_of: the date or years it speaks of.
    """

    name: str
    as_of: str


@dataclass(frozen=True)
class PlaceTable:
    """Places on ordered levels, and who lives there.

    Attributes:
        levels: names, finest first, without `*`.
        lines: each finest place's form on each level; a form names one place of its level.
        people: (lines,) who lives there, 0 where nobody knows.
        stated: people of coarser places where a table counts them by themselves; what the
            places inside have together counts where it is more. Only for places of which every
            part is listed: what isn't leaves as `*`, so its people hide nobody.
        find: a value as stored → its line; None for what is unlisted or ambiguous.
        source: of the people.
        around: gives lines that may be part of other lines' places, or name one of them again,
            and which those are, by their numbers: always larger ones, or equally large ones
            listed before. Lines that are left out overlap with none that is larger.
    """

    name: str
    levels: tuple[str, ...]
    lines: Sequence[Line]
    people: Sequence[int]
    stated: Mapping[str, int]
    find: Callable[[str], int | None]
    source: Source
    around: Callable[[], Mapping[int, frozenset[int]]] = dict


class Place(Ladder, ABC):
    """A ladder over places: unplaced values are suppressed, small places may be pooled.

    Attributes:
        source: of the population table.
        min_population: people who must live in a place before it is named; None names all.
    """

    source: Source
    min_population: int | None

    @abstractmethod
    def knows(self, value: str) -> bool:
        """Answer whether the ladder can place a value; what it can't place is suppressed."""

    def value_of(self, form: str, level: str) -> str | None:
        """Return a value that the ladder can place, in any of its spellings."""
        return form if level == self.levels[0] and self.knows(form) else None


class PlaceLadder(TableLadder, Place):
    """A ladder from a table of places."""

    def __init__(self, table: PlaceTable, min_population: int | None = None) -> None:
        """Take the places, and pool them where few people live.

        Raises:
            LadderError: a floor below 1.
        """
        check_floor(table.name, min_population)
        lines = table.lines if min_population is None else pooled(table, min_population)
        super().__init__(table.name, table.levels, lines)
        self.source, self.min_population = table.source, min_population
        self._find, self._places = table.find, [line[0] for line in table.lines]

    def knows(self, value: str) -> bool:
        """Answer whether the table lists the value, under one spelling for one place."""
        return self._find(value) is not None

    def levels_with(self, form: str) -> tuple[str, ...]:
        """Return every level that shows `form`; suppressed values are `*` on all of them."""
        return self.levels if form == TOP else super().levels_with(form)

    def value_of(self, form: str, level: str) -> str | None:
        """Return the value itself, or the first place that is released as `form`."""
        exact = Place.value_of(self, form, level)
        line = self._columns[self.levels.index(level)].first_line(form) if exact is None else None
        if line is None or self._find(self._places[line]) != line:
            return exact
        return self._places[line]

    def _position(self, text: str | None) -> int:
        line = self._find(text or "")
        return self._domain if line is None else line

    def _unlisted(self, lines: Sequence[Line]) -> Line:
        return (TOP,) * len(lines[0])


def check_floor(name: str, min_population: int | None) -> None:
    """Raise LadderError for a floor that no place could miss."""
    if min_population is not None and min_population < 1:
        raise LadderError(f"ladder {name} needs a min_population of at least 1")


def pooled(table: PlaceTable, floor: int) -> list[Line]:
    """Return the table's lines in the forms they have under a population floor."""
    census = Census(table)
    above = dict.fromkeys((line[-1] for line in table.lines), Pool(TOP, frozenset()))
    columns: list[list[str]] = []
    for level in reversed(range(len(table.levels))):
        above = _divide_level(above, partial(census.together, level), floor)
        columns.insert(0, [above[line[level]].form for line in table.lines])
        above = {line[level - 1]: above[line[level]] for line in table.lines}
    return list(zip(*columns, strict=True))


def _divide_level(above: Mapping[str, Pool], together: Together, floor: int) -> dict[str, Pool]:
    """Divide all places of a level, given the pool of the level above that each lies in."""
    inside: dict[Pool, list[str]] = defaultdict(list)
    for place, pool in above.items():
        inside[pool].append(place)
    return {
        place: found
        for pool, places in inside.items()
        for place, found in divide(pool, places, together, floor).items()
    }
