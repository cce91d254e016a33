"""Rounding: amounts become multiples of a base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa

from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.grids import LARGEST
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.transforms.grids import Grid
    from anonymizers.transforms.watches import Watch

LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Rounding(Transform):
    """Replaces each number by the nearest multiple of a base, a tie by the even multiple.

    Guarantee:
        A released value tells nothing below the base: all numbers nearest to one multiple have
        one form. It depends on the value alone, so asking again tells nothing more.

    Does not protect:
        A multiple that only one person has still stands out; two policies with bases that don't
        divide each other cut the numbers finer together than each alone.

    References:
        A. Hundepool et al., "Statistical Disclosure Control" (2012), section 3.3.1.4.

    Attributes:
        base: at least 2, in units of the grid.
        grid: what a unit of the column is.
    """

    base: int
    grid: Grid
    action: ClassVar[str] = "round"
    types: ClassVar[tuple[str, ...]] = ("integer", "decimal")
    by_value: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change; it draws nothing."""
        del start

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            units, present = self.grid.units(values)
            most = LARGEST if pa.types.is_decimal(values.type) else LARGEST_INTEGER
            return self.grid.values(round_half_even(units, self.base, most), present, values.type)

        return change

    @property
    def parameters(self) -> Mapping[str, object]:
        """The base, as text in the column's own numbers."""
        return {"base": self.grid.text(self.base)}

    def describe(self) -> str:
        """Name the base."""
        return f"rounded to the nearest multiple of {self.grid.text(self.base)}"

    def watch(self) -> Watch:
        """Watch that each value is a multiple."""
        return EachValue(self._is_multiple)

    def _is_multiple(self, text: str) -> bool:
        units = self.grid.read(text)
        return units is not None and units % self.base == 0


def round_half_even(units: NDArray[np.int64], base: int, most: int) -> NDArray[np.int64]:
    """Return the nearest multiples of `base`; halfway between two, the even one.

    Args:
        units: (n,).
        base: at most 18 digits.
        most: the largest number that the column's type holds; where the nearest multiple is
            larger, or smaller than its negative, the one before it stands for it.
    """
    multiple, rest = np.divmod(units, base)
    up = (2 * rest > base) | ((2 * rest == base) & (multiple % 2 == 1))
    rounded: NDArray[np.int64] = np.clip(multiple + up, -(most // base), most // base) * base
    return rounded
