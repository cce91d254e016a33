"""Values as integers: bounds in units of a column's scale, middles, and bins of quantiles."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from anonymizers.aggregates.bins import bins_between
from policies.aggregates.components import Amounts, ColumnBins

if TYPE_CHECKING:
    from policies.documents import ColumnDocument, DatasetDocument

NUMBERS = ("integer", "decimal")
ORDERED = (*NUMBERS, "date", "timestamp")
WIDEST_BOUND = 2**62
"""A cell of a file holds less than 10^18 units anyway."""

_EPOCH = date(1970, 1, 1).toordinal()


def unit_bounds(column: ColumnDocument) -> tuple[int, int] | None:
    """Return a column's bounds in units of its scale, dates as days since 1970-01-01.

    None where it has no bounds, or bounds that aren't whole units, or that are `WIDEST_BOUND`
    units or more from 0: so no difference of two values leaves 64 bits.
    """
    if column.bounds is None:
        return None
    low, high = (_units(bound, column.scale or 0) for bound in column.bounds)
    if low is None or high is None or max(abs(low), abs(high)) >= WIDEST_BOUND:
        return None
    return low, high


def amounts_of(dataset: DatasetDocument, name: str) -> Amounts:
    """Return how a column is summed."""
    low, high = _bounds(dataset, name)
    return Amounts(name, low, high)


def centred(amounts: Amounts) -> Amounts:
    """Return the same less the middle of the bounds: half the noise for a mean."""
    middle = (amounts.low + amounts.high) // 2
    return Amounts(amounts.column, amounts.low, amounts.high, middle)


def bins_of(dataset: DatasetDocument, name: str) -> ColumnBins:
    """Return the bins of a column's quantiles, chosen from its bounds alone."""
    return ColumnBins(**vars(bins_between(*_bounds(dataset, name))), column=name)


def _bounds(dataset: DatasetDocument, name: str) -> tuple[int, int]:
    bounds = unit_bounds(dataset.columns[name])
    assert bounds is not None  # noqa: S101 - the lint refuses measures without them
    return bounds


def _units(bound: object, scale: int) -> int | None:
    if isinstance(bound, date):
        return bound.toordinal() - _EPOCH
    units = Fraction(str(bound)) * 10**scale
    return int(units) if units.denominator == 1 else None
