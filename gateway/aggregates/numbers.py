"""Numbers as answers carry them: integers in units, shown in the column's own unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anonymizers.aggregates.estimates import Estimate
    from policies.documents import ColumnDocument

CONFIDENCE = Fraction(19, 20)
MOST_EXACT = 2**53 - 1
_FIRST_DAY = date(1970, 1, 1)

Number = int | float | str


@dataclass(frozen=True)
class Unit:
    """What an integer of an answer stands for.

    Attributes:
        scale: digits after the point.
        is_date: whether it counts days since 1970-01-01.
    """

    scale: int = 0
    is_date: bool = False

    @classmethod
    def of(cls, column: ColumnDocument) -> Unit:
        """Return the unit of a column."""
        return cls(column.scale or 0, column.type in ("date", "timestamp"))

    def show(self, value: int) -> Number:
        """Return a value as JSON holds it exactly; one that is too large for that is text."""
        if self.is_date:
            return (_FIRST_DAY + timedelta(days=value)).isoformat()
        if abs(value) > MOST_EXACT:
            return str(Decimal(value).scaleb(-self.scale))
        return value / 10**self.scale if self.scale else value


def shown(value: Number, low: Number, high: Number) -> dict[str, Any]:
    """Return a value with the interval that its noise keeps to."""
    return {"value": value, "interval": [low, high], "confidence": float(CONFIDENCE)}


def around(value: int, half_width: float, unit: Unit) -> dict[str, Any]:
    """Return a noisy integer with its interval, rounded outwards."""
    half = ceil(half_width)  # added to an integer: values beyond 2^53 stay exact
    return shown(unit.show(value), unit.show(value - half), unit.show(value + half))


def between(estimate: Estimate, unit: Unit, digits: int) -> dict[str, Any]:
    """Return an estimate with so many digits beyond its unit's, its interval rounded outwards."""
    steps = 10**digits
    places = (
        round(estimate.value * steps),
        floor(estimate.low * steps),
        ceil(estimate.high * steps),
    )
    return shown(*(Unit(unit.scale + digits).show(place) for place in places))


def at_least_zero(entry: dict[str, Any]) -> dict[str, Any]:
    """Show what is below 0 as 0: noise goes below, counts don't. It makes small values larger.

    The interval reaches as far as that of a 0, where noise put all of it lower: so it still holds
    the truth as often as it says, and never says that there is surely nobody.
    """
    low, high = entry["interval"]
    if _is_below(entry["value"]):
        high = max(high, _half(low, high), key=_exactly)  # a mean's lies to one side of it
    return {**entry, "value": _up(entry["value"]), "interval": [_up(low), high]}


def within(entry: dict[str, Any], most: int) -> dict[str, Any]:
    """Show a noisy whole number that is surely 0 to `most` as one, its interval likewise.

    Where noise put all of the interval outside, it reaches as far as that of the nearest end: so it
    still holds the truth as often as it says.
    """
    value, (low, high) = entry["value"], entry["interval"]
    half = _whole_half(low, high)
    low, high = (most - half if value > most else low), (half if value < 0 else high)
    return {
        **entry,
        "value": min(max(value, 0), most),
        "interval": [max(low, 0), min(high, most)],
    }


def _half(low: Number, high: Number) -> Number:
    """Return half of an interval, rounded up where its ends are whole."""
    if isinstance(low, int) and isinstance(high, int):
        return _whole_half(low, high)
    half = (_exactly(high) - _exactly(low)) / 2
    return str(half) if isinstance(low, str) or isinstance(high, str) else float(half)


def _whole_half(low: int, high: int) -> int:
    return -(-(high - low) // 2)


def _up(value: Number) -> Number:
    return 0 if _is_below(value) else value


def _exactly(value: Number) -> Decimal:
    return Decimal(str(value))


def _is_below(value: Number) -> bool:
    return value.startswith("-") if isinstance(value, str) else value < 0
