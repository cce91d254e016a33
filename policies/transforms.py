"""A column's values in whole units, as the rules of a policy name them."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from anonymizers.transforms.grids import LARGEST, Grid

if TYPE_CHECKING:
    from policies.documents.columns import ColumnDocument


class OffScaleError(ValueError):
    """A number of the policy isn't a whole count of the column's units, or too large for it."""


def column_grid(column: ColumnDocument) -> Grid:
    """Return what one unit of the column is; a timestamp leaves as its date."""
    if column.type in ("date", "timestamp"):
        return Grid("date")
    return Grid("number", column.scale or 0)


def units_of(value: int | Decimal | date, column: ColumnDocument) -> int:
    """Return a number or a date in units of a column.

    Raises:
        OffScaleError: it has more decimals than the column or more than 18 digits, or is a date
            where the column has numbers, or the other way round.
    """
    text = value.isoformat() if isinstance(value, date) else f"{Decimal(value):f}"
    units = column_grid(column).read(text)
    if units is None or abs(units) > LARGEST:
        raise OffScaleError(text)
    return units


def bounds_of(column: ColumnDocument) -> tuple[int, int] | tuple[None, None]:
    """Return the first and last value that the column can have within its bounds, in units.

    None twice where it has no bounds; the last is below the first where no value lies within.
    """
    if column.bounds is None:
        return None, None
    first, last = column.bounds
    return _units(first, column, ROUND_CEILING), _units(last, column, ROUND_FLOOR)


def _units(bound: int | Decimal | date, column: ColumnDocument, rounding: str) -> int:
    if isinstance(bound, date):
        return units_of(bound, column)
    units = int(Decimal(bound).scaleb(column.scale or 0).to_integral_value(rounding))
    return max(min(units, LARGEST), -LARGEST)
