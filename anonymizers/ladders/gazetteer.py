"""Finding a place by what people write: a name, alone or with what it lies in.

`Austin, TX`, `Austin (US-TX)`, `San Antonio, Texas, US`. A name that fits several places of the
table is none of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anonymizers.ladders.spellings import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_PARTS = re.compile(r"[,()]")


class Gazetteer:
    """The lines of a table by the spellings of their places."""

    def __init__(
        self,
        spellings: Iterable[tuple[str, int]],
        regions: Sequence[tuple[str, ...]],
        regions_named: Callable[[str], Iterable[str]],
    ) -> None:
        """Take the spellings of each line, the regions it lies in, and what names a region.

        Args:
            spellings: names and codes with their line; one name may have several lines.
            regions: for each line the codes of all that it lies in.
            regions_named: a folded spelling → codes of every region that it may mean.
        """
        lines: dict[str, tuple[int, ...]] = {}
        for spelling, line in spellings:
            name = fold(spelling)
            if line not in lines.get(name, ()):
                lines[name] = (*lines.get(name, ()), line)
        self._lines, self._regions, self._named = lines, regions, regions_named

    def find(self, text: str) -> int | None:
        """Return the one line that the text names; None for none, and for several."""
        name, *within = [fold(part) for part in _PARTS.split(text) if part.strip()] or [""]
        lines = self._lines.get(name, ())
        for region in within:
            codes = set(self._named(region))
            lines = tuple(line for line in lines if codes.intersection(self._regions[line]))
        return lines[0] if len(lines) == 1 else None
