"""Numbers as files write them, read with the one decimal mark that the recipe declares.

The other mark groups thousands, and only where it does so properly: `1.234` is 1234 where the
comma stands before decimals, but `12.5` isn't 125 there: it is no number at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, NamedTuple

from policies.recipes.values import Made
from policies.recipes.words import ANY_CURRENCY, CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents.recipe import DecimalMark

NOT_A_NUMBER = Made(None, "not-a-number")
LONGEST = 160  # characters, blanks and signs among them
MOST_DIGITS = 30  # on either side of the mark: what any column could keep, and more
_EXACT = Context(prec=200)
_BLANKS = " \u00a0\u2007\u2009\u202f"
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})


def _pattern(decimal: str, other: str) -> re.Pattern[str]:
    """Digits plain or in groups of three by one and the same sign, then perhaps decimals."""
    signs = re.escape(other) + _BLANKS + "'\u2019"
    whole = rf"[1-9]\d{{0,2}}(?P<sign>[{signs}])\d{{3}}(?:(?P=sign)\d{{3}})*|\d+"
    return re.compile(rf"(?P<whole>{whole})?(?:{re.escape(decimal)}(?P<part>\d+))?", re.ASCII)


_PATTERNS: Mapping[DecimalMark, re.Pattern[str]] = {
    "point": _pattern(".", ","),
    "comma": _pattern(",", "."),
}


class Usual(NamedTuple):
    """What most numbers of a column look like, for engines that rewrite whole columns at once.

    Attributes:
        pattern: a regular expression (RE2) for the whole text.
        grouping: what to take out of a text that matches; then a comma becomes a point.
    """

    pattern: str
    grouping: str


def _usual(decimal: str, other: str) -> Usual:
    whole = rf"[1-9][0-9]{{0,8}}|[1-9][0-9]{{0,2}}(?:{re.escape(other)}[0-9]{{3}}){{1,3}}"
    return Usual(rf"^(?:0|(?:{whole})(?:{re.escape(decimal)}[0-9]?[1-9])?)$", other)


USUAL: Mapping[DecimalMark, Usual] = {"point": _usual(".", ","), "comma": _usual(",", ".")}


@dataclass(frozen=True)
class NumberReader:
    """Reads the numbers of one column.

    Attributes:
        mark: what stands before decimals.
        times: what each number is multiplied by, exactly.
        unit: a currency, where the column declares one: only its own signs may stand beside.
    """

    mark: DecimalMark
    times: Decimal = Decimal(1)
    unit: str | None = None

    def read(self, text: str) -> Made:
        """Return the number in plain digits with a point, or that it is none."""
        number = self.number(text)
        return NOT_A_NUMBER if number is None else Made(plain(number))

    def number(self, text: str) -> Decimal | None:
        """Return the number times `times`; None where it is none."""
        if len(text) > LONGEST:
            return None
        sign, amount = _signed(self._without_currency(text.translate(_MINUS).strip()))
        found = _PATTERNS[self.mark].fullmatch(amount)
        if found is None or not (found["whole"] or found["part"]):
            return None
        whole = "".join(filter(str.isdecimal, found["whole"] or "0"))
        part = found["part"] or "0"
        if max(len(whole), len(part)) > MOST_DIGITS:
            return None
        return _EXACT.multiply(Decimal(f"{sign}{whole}.{part}"), self.times)

    def _without_currency(self, text: str) -> str:
        known = CURRENCIES.get((self.unit or "").upper(), ANY_CURRENCY)
        lowered = text.casefold()
        sign, bare = ("-", lowered[1:].lstrip()) if lowered[:1] == "-" else ("", lowered)
        for mark in sorted(known, key=len, reverse=True):
            if bare.startswith(mark):
                return sign + bare.removeprefix(mark).strip()
            if bare.endswith(mark):
                return sign + bare.removesuffix(mark).strip()
        return lowered


def _signed(text: str) -> tuple[str, str]:
    sign = text[:1] if text[:1] in ("-", "+") else ""
    return sign, text.removeprefix(sign)


def plain(number: Decimal) -> str:
    """Return a number in plain digits without zeros that say nothing."""
    text = format(number, "f")
    shortened = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if shortened in ("-0", "0", "") else shortened
