"""Splitting: a cell with several codes becomes a column for each code, with yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.file_columns import FileColumn
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.transforms.watches import Watch

YES, NO = "yes", "no"
_LONGEST = 63  # what databases take as a name
_NOT_PLAIN = re.compile(r"\W+")


@dataclass(frozen=True)
class Split(Transform):
    """Makes a column of each listed code, and one of all codes that aren't listed.

    Guarantee: the columns tell what the cell would tell, and no more. Where a cell holds as many
    codes as count, the codes that come after them in the list are left empty: nobody knows.

    Does not protect: by itself nothing. A code that a whole group has, or that nobody of it has,
    is told of everybody in it; a rare set of codes is as rare in several columns as in one.

    References:
        One-hot coding, as CTDC's own files have it (typeOfExploit..., meansOfControl...).

    Attributes:
        separator: between the codes of a cell.
        codes: those that are listed.
        most: how many codes of a cell count; None: all.
    """

    separator: str
    codes: tuple[str, ...]
    most: int | None = None
    action: ClassVar[str] = "split"
    types: ClassVar[tuple[str, ...]] = ("string",)
    keeps_sets: ClassVar[bool] = False

    def file_columns(self, name: str) -> tuple[FileColumn, ...]:
        """Return a column for each code, named after it; `_2` and so on where names are alike."""
        columns: list[FileColumn] = []
        taken: set[str] = set()
        for code in self._answered:
            plain = _NOT_PLAIN.sub("_", code).strip("_") or "code"
            base, number = f"{name}_{plain}"[:_LONGEST], 1
            chosen = base
            while chosen.casefold() in taken:
                number += 1
                chosen = f"{base[: _LONGEST - len(str(number)) - 1]}_{number}"
            taken.add(chosen.casefold())
            columns.append(FileColumn(chosen, code))
        return tuple(columns)

    @property
    def _answered(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.codes, OTHER)))

    def begin(self, start: Start) -> Change:
        """Return a change to structs with a field for each code."""
        del start
        answered = self._answered

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            encoded = values.dictionary_encode()
            cells = [self._answers(cell) for cell in encoded.dictionary.to_pylist()]
            fields = [
                pa.array([cell[place] for cell in cells], pa.string()).take(encoded.indices)
                for place in range(len(answered))
            ]
            return pc.make_struct(*fields, field_names=answered)

        return change

    def _answers(self, cell: str) -> list[str | None]:
        """Return yes, no or nothing for each code of a cell in the list's order."""
        answered, has = self._answered, set(cell.split(self.separator))
        full = self.most is not None and len(has) >= self.most
        last = max(place for place, code in enumerate(answered) if code in has)
        return [
            YES if code in has else None if full and place > last else NO
            for place, code in enumerate(answered)
        ]

    def values(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Two."""
        del codes
        return YES, NO

    @property
    def parameters(self) -> Mapping[str, object]:
        """None besides what the dataset declares."""
        return {}

    def describe(self) -> str:
        """Say what a column answers."""
        return "split: whether the cell holds the code"

    def watch(self) -> Watch:
        """Watch that nothing but answers is in a column."""
        return EachValue(lambda text: text in {YES, NO})
