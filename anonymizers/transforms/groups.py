"""Groups of codes: a cell with several codes holds the groups that they belong to."""

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

    from anonymizers.ladders.base import Ladder
    from anonymizers.transforms.watches import Watch


@dataclass(frozen=True)
class Groups(Transform):
    """Puts each code's group in its place, each group once, in the order of the list of codes.

    Guarantee: two cells whose codes belong to the same groups leave in the same form; what isn't
    listed stays `other`.

    Does not protect: by itself nothing but the difference between codes of one group. What a whole
    class has in common takes l, which is counted on the groups.

    References:
        Generalization of sets by a taxonomy of items: Terrovitis, Mamoulis, Kalnis,
        "Privacy-preserving anonymization of set-valued data", VLDB 2008.

    Attributes:
        separator: between the codes of a cell.
        level: of the taxonomy.
        groups: each listed code and its group, in the list's order.
    """

    separator: str
    level: str
    groups: tuple[tuple[str, str], ...]
    action: ClassVar[str] = "group"
    types: ClassVar[tuple[str, ...]] = ("string",)
    by_value: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change."""
        del start
        group_of = dict(self.groups)
        listed = self.values(())

        def shown(cell: str) -> str:
            has = {group_of.get(code, OTHER) for code in cell.split(self.separator)}
            return self.separator.join(group for group in listed if group in has)

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            encoded = values.dictionary_encode()
            forms = [shown(cell) for cell in encoded.dictionary.to_pylist()]
            return pc.take(pa.array(forms, pa.string()), encoded.indices)

        return change

    def values(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the groups, and `other`."""
        del codes
        return tuple(dict.fromkeys((*(group for _, group in self.groups), OTHER)))

    @property
    def parameters(self) -> Mapping[str, object]:
        """The level."""
        return {"level": self.level}

    def describe(self) -> str:
        """Name the level."""
        return f"grouped: each code by its group on {self.level}, each group once"

    def watch(self) -> Watch:
        """Watch that cells hold groups alone."""
        listed = frozenset(self.values(()))
        return EachValue(lambda text: listed.issuperset(text.split(self.separator)))


def group_codes(ladder: Ladder, codes: tuple[str, ...], level: str) -> tuple[tuple[str, str], ...]:
    """Return each code with its form on a level; raises LadderError where there is no such."""
    rung = ladder.climb(pa.array(codes, pa.string())).rung(level)
    forms = [str(rung.forms[place]) for place in rung.codes.tolist()]
    return tuple(zip(codes, forms, strict=True))
