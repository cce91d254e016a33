"""Counts of codes: of a cell with several codes it leaves how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.transforms.watches import Watch


@dataclass(frozen=True)
class Counts(Transform):
    """Says how many different codes a cell holds; all that aren't listed count as one.

    Guarantee: which codes they are isn't told. Where a cell holds as many as count, it says so
    many `or more`.

    Does not protect: a number that a whole group shares, which takes l; a large number can be as
    rare as a rare code.

    References:
        The coarsest form of a set that isn't nothing: its size.

    Attributes:
        separator: between the codes of a cell.
        most: how many codes of a cell count; None: all.
    """

    separator: str
    most: int | None = None
    action: ClassVar[str] = "count"
    types: ClassVar[tuple[str, ...]] = ("string",)
    by_value: ClassVar[bool] = True
    keeps_sets: ClassVar[bool] = False

    def begin(self, start: Start) -> Change:
        """Return the change."""
        del start

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            encoded = values.dictionary_encode()
            forms = [self._shown(cell) for cell in encoded.dictionary.to_pylist()]
            return pc.take(pa.array(forms, pa.string()), encoded.indices)

        return change

    def _shown(self, cell: str) -> str:
        return self._form(len(set(cell.split(self.separator))))

    def _form(self, count: int) -> str:
        return f"{count} or more" if count == self.most else str(count)

    def values(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return every number that can be."""
        all_of_them = len({*codes, OTHER})
        most = all_of_them if self.most is None else min(self.most, all_of_them)
        return tuple(self._form(count) for count in range(1, most + 1))

    @property
    def parameters(self) -> Mapping[str, object]:
        """None besides what the dataset declares."""
        return {}

    def describe(self) -> str:
        """Say what is told."""
        return "counted: how many codes the cell holds, not which"

    def watch(self) -> Watch:
        """Watch that nothing but numbers is in the column."""
        last = "" if self.most is None else f"{self.most} or more"
        return EachValue(lambda text: text == last or text.isdecimal())
