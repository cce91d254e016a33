"""Values as integers: bounds in units of a column's scale, middles, and bins of quantiles."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from policies.aggregates.components import Amounts, Bins

if TYPE_CHECKING:
    from policies.documents import ColumnDocument, DatasetDocument

NUMBERS = ("integer", "decimal")
ORDERED = (*NUMBERS, "date", "timestamp")
MOST_BINS = 1024
"""A quantile is told as exactly as this many bins of equal width between the bounds allow."""

_EPOCH = date(1970, 1, 1).toordinal()


def unit_bounds(column: ColumnDocument) -> tuple[int, int] | None:
    """Return a column's bounds in units of its scale, dates as days since 1970-01-01.

    None where it has no bounds, or bounds that aren't whole units.
    """
    if column.bounds is None:
        return None
    low, high = (_units(bound, column.scale or 0) for bound in column.bounds)
    return None if low is None or high is None else (low, high)


def amounts_of(dataset: DatasetDocument, name: str) -> Amounts:
    """Return how a column is summed."""
    low, high = _bounds(dataset, name)
    return Amounts(name, low, high)


def centred(amounts: Amounts) -> Amounts:
    """Return the same less the middle of the bounds: half the noise for a mean."""
    middle = (amounts.low + amounts.high) // 2
    return Amounts(amounts.column, amounts.low, amounts.high, middle)


def bins_of(dataset: DatasetDocument, name: str) -> Bins:
    """Return the bins of a column's quantiles: at most `MOST_BINS`, of a round width.

    Widths are 1, 2 or 5 times a power of ten units, so that bins end where people read values.
    The inner nodes are about as many as the bins under each, for the least noise of their sums.
    """
    low, high = _bounds(dataset, name)
    width = _round_up(-(-(high - low + 1) // MOST_BINS))
    bins = Bins(name, low, high, width, branching=1)
    return Bins(name, low, high, width, branching=max(2, math.isqrt(bins.count - 1) + 1))


def _bounds(dataset: DatasetDocument, name: str) -> tuple[int, int]:
    bounds = unit_bounds(dataset.columns[name])
    assert bounds is not None  # noqa: S101 - the lint refuses measures without them
    return bounds


def _units(bound: object, scale: int) -> int | None:
    if isinstance(bound, date):
        return bound.toordinal() - _EPOCH
    units = Fraction(str(bound)) * 10**scale
    return int(units) if units.denominator == 1 else None


def _round_up(least: int) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... that is no smaller."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= least:
                return step * power
        power *= 10
