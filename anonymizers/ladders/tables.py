"""What ladders over listed values share: codes, places, own taxonomies."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.ladders.base import OTHER, TOP, Ladder
from anonymizers.ladders.rungs import Placement, Standing, climb_rungs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb

    Ints = NDArray[np.int64]

    Line = tuple[str, ...]


class TableLadder(Ladder):
    """A ladder from a table: one line for each value, its forms finest first."""

    def __init__(self, name: str, levels: Sequence[str], lines: Sequence[Line]) -> None:
        """Take the levels below `*` and, for each value of the domain, its form on each."""
        self.name = name
        self.levels = (*levels, TOP)
        self._domain = len(lines)
        self._positions = {line[0]: position for position, line in enumerate(lines)}
        self._columns = tuple(
            _Column(column) for column in zip(*lines, self._unlisted(lines), strict=True)
        )

    def normalize(self, value: str) -> str:
        """Return the table's spelling of a value; here the value itself."""
        return value

    def climb(self, values: pa.Array) -> Climb:
        """Place distinct values on every level; leaves count the table's lines."""
        texts = values.cast(pa.string()).to_pylist()
        null = np.array([text is None for text in texts], dtype=np.bool_)
        lines = np.array([self._position(text) for text in texts], dtype=np.int64)
        standing = Standing(null=null, other=np.zeros(len(texts), dtype=np.bool_))
        placements = (
            Placement(level, column.groups[lines], column.describe)
            for level, column in zip(self.levels, self._columns, strict=False)
        )
        return climb_rungs(self.name, values, standing, placements, self._domain)

    def _unlisted(self, lines: Sequence[Line]) -> Line:
        """Return the forms of a value that the table doesn't list: `other` on each level.

        Where the table shows a form `other` of its own, the two are one class there and so must
        stay one above: the rest is that form's.
        """
        for level in range(len(lines[0])):
            for line in lines:
                if line[level] == OTHER:
                    return (OTHER,) * level + line[level:]
        return (OTHER,) * len(lines[0])

    def _position(self, text: str | None) -> int:
        """Return a value's line; what the table doesn't list has the line after the last."""
        return self._positions.get(self.normalize(text or ""), self._domain)

    def forms(self, level: str) -> tuple[str, ...]:
        """Return the forms that the table's own lines have on a level, in the table's order."""
        self.check_level(level)
        if level == TOP:
            return (TOP,)
        return self._columns[self.levels.index(level)].listed

    def levels_with(self, form: str) -> tuple[str, ...]:
        """Return every level of the table that shows `form`."""
        columns = zip(self.levels, self._columns, strict=False)
        shown = tuple(level for level, column in columns if form in column.leaves)
        return (TOP,) if form == TOP else shown

    def value_of(self, form: str, level: str) -> str | None:
        """Return the first line of the table that shows `form` on `level`."""
        if level == self.levels[0]:
            form = self.normalize(form)
        position = self._columns[self.levels.index(level)].first_line(form)
        return None if position is None else tuple(self._positions)[position]


class _Column:
    """One level of a table: each line's group, and the forms and leaves of the groups."""

    def __init__(self, forms: Sequence[str]) -> None:
        """Take every line's form, the unlisted values' line last; `*` covers all lines."""
        self.leaves = Counter(forms[:-1])
        self.listed = tuple(form for form in self.leaves if form != TOP)
        self.leaves[forms[-1]] = max(1, self.leaves[forms[-1]])
        if TOP in self.leaves:
            self.leaves[TOP] = len(forms) - 1
        self._forms = tuple(self.leaves)
        numbers = {form: number for number, form in enumerate(self._forms)}
        self.groups = np.array([numbers[form] for form in forms], dtype=np.int64)

    def first_line(self, form: str) -> int | None:
        """Return the first of the table's own lines that has a form."""
        if form not in self._forms:
            return None
        found = np.flatnonzero(self.groups[:-1] == self._forms.index(form))
        return int(found[0]) if len(found) else None

    def describe(self, groups: Ints) -> tuple[list[str], Ints]:
        """Return the forms and leaves of groups."""
        forms = [self._forms[group] for group in groups.tolist()]
        return forms, np.array([self.leaves[form] for form in forms], dtype=np.int64)
