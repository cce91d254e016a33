"""Numbers of requests, exactly as written, and the public grids that prices lie on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator

from policies.documents.base import ProblemsError
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_DIGITS = 20  # before the point and after it
MOST_COMPUTED = 12
"""Digits after the point that a float is read with: 0.1 + 0.2 asks for 0.3."""

Accuracy = Literal["epsilon", "rho", "half_width"]


@dataclass(frozen=True)
class Grid:
    """The public grid that a price or an accuracy lies on: prices tell nothing but themselves.

    Attributes:
        step: every number of the grid is a multiple of it; least, most: the ends of the grid.
    """

    step: Fraction
    least: Fraction
    most: int

    def up(self, number: Fraction) -> Fraction:
        """Return the smallest multiple of the step that is no smaller, and not below the least."""
        return max(self.least, -(-number // self.step) * self.step)

    def holds(self, number: Fraction) -> bool:
        """Answer whether the number is one of the grid."""
        return self.least <= number <= self.most and number % self.step == 0


GRIDS: Mapping[Accuracy, Grid] = MappingProxyType(
    {
        "epsilon": Grid(Fraction(1, 1000), Fraction(1, 100), 10**6),
        "rho": Grid(Fraction(1, 100_000), Fraction(1, 10_000), 10**6),
        "half_width": Grid(Fraction(1), Fraction(1), 10**15),
    },
)


def plain_text(number: Fraction) -> str:
    """Write a number of finitely many decimals without exponent and trailing zeros."""
    text = f"{Decimal(number.numerator) / Decimal(number.denominator):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_number(number: Fraction) -> int | float:
    """Return the JSON number of a fraction: its text is the one that requests are read from."""
    return int(number) if number.denominator == 1 else float(number)


def _read_number(value: Any) -> Any:
    # The text of a JSON number, never the binary neighbour that it was read as.
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(round(value, MOST_COMPUTED) if isinstance(value, float) else value))
        if number.is_finite():
            _check_digits(number)
            return number
    raise ProblemsError(Reason("expected-number", {"path": ""}))


def _check_digits(number: Decimal) -> None:
    exponent = number.as_tuple().exponent
    if number.adjusted() >= MOST_DIGITS or (isinstance(exponent, int) and exponent < -MOST_DIGITS):
        raise ProblemsError(Reason("too-many-digits", {"path": "", "limit": str(MOST_DIGITS)}))


Number = Annotated[Decimal, BeforeValidator(_read_number)]
