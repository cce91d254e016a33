"""Grids: numbers and dates as whole units, so that no change goes through floating point."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 10**18 - 1  # of the lake's numbers, in units: 18 digits
_EPOCH = date(1970, 1, 1)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = 2  # of 64 bits in an Arrow decimal128


@dataclass(frozen=True)
class Grid:
    """What one unit of a column is.

    Attributes:
        kind: `number`, in units of 10^-scale, or `date`, in days since 1970.
        scale: decimals of a number.
    """

    kind: Literal["number", "date"] = "number"
    scale: int = 0

    def units(self, values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return each value in units, 0 for NULL, and which values there are.

        Args:
            values: int64, decimal128 of this scale and at most 18 digits, or date32.
        """
        present = values.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_decimal(values.type):
            words = np.frombuffer(values.buffers()[1] or b"", dtype="<i8")[::_WORDS]
            stored = words[values.offset :][: len(values)]
        else:
            whole = pa.int32() if pa.types.is_date32(values.type) else pa.int64()
            stored = values.cast(whole).fill_null(0).to_numpy(zero_copy_only=False)
        return np.where(present, stored, 0).astype(np.int64), present

    def values(
        self, units: NDArray[np.int64], present: NDArray[np.bool_], kind: pa.DataType
    ) -> pa.Array:
        """Return units as values of a type that `units` reads; NULL where none is present."""
        if pa.types.is_decimal(kind):
            words = np.stack([units, units >> 63], axis=1).astype("<i8")
            valid = pa.array(present).buffers()[1]
            return pa.Array.from_buffers(kind, len(units), [valid, pa.py_buffer(words)])
        whole = np.int32 if pa.types.is_date32(kind) else np.int64
        return pa.array(units.astype(whole), mask=~present).cast(kind)

    def read(self, text: str) -> int | None:
        """Return the units that a released text stands for; None where it stands for none."""
        if self.kind == "date":
            return _days(text) if _DATE.fullmatch(text) else None
        if not _NUMBER.fullmatch(text):
            return None
        units = Decimal(text).scaleb(self.scale)
        return int(units) if units == units.to_integral_value() else None

    def text(self, units: int) -> str:
        """Write units as people write the value: `12.5`, `2024-03-05`."""
        if self.kind == "date":
            return (_EPOCH + timedelta(days=units)).isoformat()
        digits = f"{Decimal(units).scaleb(-self.scale):f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _days(text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - _EPOCH).days
    except ValueError:
        return None
