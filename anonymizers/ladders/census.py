"""Counts who lives in places of a table together, nobody twice.

Places of a table may overlap: a city is listed, its district beside it, and a town under two
names. So people of places aren't added up: a line that may be part of another line's place counts
for nothing where that other place is among those counted.

Why never too many: of lines that overlap, as far as the table knows, one is counted, the larger.
What places have together can be fewer than what some of them have, where one takes in the others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from anonymizers.ladders.places import PlaceTable


class Census:
    """The people of a table's places, one by one and together."""

    def __init__(self, table: PlaceTable) -> None:
        """Count the places of every level, from the finest up."""
        self._table, self._around = table, table.around()
        self._doubtful = [self._could_be_elsewhere(level) for level in range(len(table.levels))]
        self._people: list[Mapping[str, int]] = [self._finest()]
        for level in range(1, len(table.levels)):
            self._people.append(self._coarser(level))

    def together(self, level: int, places: Collection[str]) -> int:
        """Return how many people places of one level have for certain.

        Args:
            level: number of the level, the finest 0.
            places: distinct forms of that level.
        """
        alone = sum(self._people[level][place] for place in places)
        return alone - sum(self._table.people[line] for line in self._twice(level, {*places}))

    def _twice(self, level: int, places: set[str]) -> Iterator[int]:
        """Yield lines that their own places count, and another one of `places` does too."""
        lines = self._table.lines
        for place in places & self._doubtful[level].keys():
            for line in self._doubtful[level][place]:
                if any(lines[larger][level] in places for larger in self._around[line]):
                    yield line

    def _could_be_elsewhere(self, level: int) -> Mapping[str, list[int]]:
        """Return each place's lines that may be part of other places, and of none in their own."""
        lines = self._table.lines
        found: dict[str, list[int]] = defaultdict(list)
        for line, around in self._around.items():
            place = lines[line][level]
            if all(lines[larger][level] != place for larger in around):
                found[place].append(line)
        return found

    def _finest(self) -> Mapping[str, int]:
        people: dict[str, int] = defaultdict(int)
        for line, count in zip(self._table.lines, self._table.people, strict=True):
            people[line[0]] += count
        return people

    def _coarser(self, level: int) -> Mapping[str, int]:
        inside: dict[str, set[str]] = defaultdict(set)
        for line in self._table.lines:
            inside[line[level]].add(line[level - 1])
        stated = self._table.stated
        return {
            place: max(self.together(level - 1, parts), stated.get(place, 0))
            for place, parts in inside.items()
        }
