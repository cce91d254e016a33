"""Kinds of values: what the texts of a column look like, as shares of its filled rows."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from policies.recipes.folding import fold_word
from policies.recipes.words import MISSING, MONTHS, NO, YES, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policies.documents.recipe import DateOrder, DecimalMark
    from policies.recipes.sampling import ColumnSample

SEPARATORS = (";", "|", ",", "/", " y ", " and ", "\n")
_DAY = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{2,4})(?:[ T]\d{1,2}:\d{2}.*)?$")
_NAMED_DAY = re.compile(r"\d{1,2}[ \-/.](?:de )?([a-z]+)\.?[ \-/.](?:de[l]? )?\d{2,4}$")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?$")
_COMMA = re.compile(r"[+-]?\d+,\d{1,2}$|[+-]?\d{1,3}(?:\.\d{3})+,\d+$")
_POINT = re.compile(r"[+-]?\d+\.\d+$|[+-]?\d{1,3}(?:,\d{3})+\.\d+$")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+$")
_PHONE = re.compile(r"\+?[\d ()./\-]{7,20}$")
_SERIAL = re.compile(r"(?=.*\d)[\w./\-]{3,}$")
_BAND = re.compile(r"\d{1,2} ?(?:-|--|a|to|\u2013) ?\d{1,3}$|\d{1,2}\+$")
_DIGITS_OF_PHONES = 7
_LAST_MONTH, _YEAR_DIGITS = 12, 4
_NEARLY_ALL = 0.9
_MANY_ROWS = 10

_MISSING = words_of(MISSING, None)
_YES_NO = words_of(YES, None) | words_of(NO, None)
_MONTHS = frozenset(name for lists in MONTHS.values() for names in lists for name in names)


class Kinds:
    """What one column's values look like.

    Words that usually mean nothing known count nowhere; without any other value every share is 0.
    """

    def __init__(self, column: ColumnSample) -> None:
        """Take a column of the sample."""
        self.name = column.name
        self.said = {text.strip(): count for text, count in column.counts.items() if text.strip()}
        self.values = {t: n for t, n in self.said.items() if fold_word(t) not in _MISSING}
        self.filled = sum(self.values.values())

    def share(self, fits: Callable[[str], object]) -> float:
        """Return the share of filled rows whose value fits, from 0 to 1."""
        found = sum(count for text, count in self.values.items() if fits(text))
        return found / self.filled if self.filled else 0.0

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Words that usually mean that nothing is known, as the file writes them."""
        return tuple(sorted(text for text in self.said if fold_word(text) in _MISSING))

    @cached_property
    def dates(self) -> float:
        """Share of days."""
        return self.share(is_day)

    @cached_property
    def numbers(self) -> float:
        """Share of numbers."""
        return self.share(_NUMBER.match)

    @cached_property
    def yes_no(self) -> float:
        """Share of words for yes and no, the signs 1, 0 and x included."""
        return self.share(is_yes_or_no)

    @cached_property
    def emails(self) -> float:
        """Share of e-mail addresses."""
        return self.share(_EMAIL.match)

    @cached_property
    def phones(self) -> float:
        """Share of phone numbers."""
        return self.share(_is_phone)

    @cached_property
    def bands(self) -> float:
        """Share of bands, like ages from 9 to 17."""
        return self.share(_BAND.match)

    @cached_property
    def serials(self) -> float:
        """Share of words with digits; 0 where values repeat, as they don't in keys."""
        different = len(self.values) / self.filled if self.filled else 0.0
        if self.filled < _MANY_ROWS or different < _NEARLY_ALL or self.dates or self.bands:
            return 0.0
        return self.share(_SERIAL.match)

    @property
    def identifies(self) -> bool:
        """Whether the values themselves look like names of single people or records."""
        return max(self.emails, self.phones, self.serials) >= _NEARLY_ALL


def is_yes_or_no(text: str) -> bool:
    """Answer whether a text is a word or sign for yes or no, in any language known."""
    return fold_word(text) in _YES_NO


def is_day(text: str) -> bool:
    """Answer whether a text looks like a day, in figures or with the month in words."""
    if _DAY.match(text):
        return True
    named = _NAMED_DAY.match(fold_word(text))
    return named is not None and named[1] in _MONTHS


def _is_phone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return digits >= _DIGITS_OF_PHONES and bool(_PHONE.match(text)) and not is_day(text)


def date_orders(texts: Iterable[str]) -> dict[DateOrder, int]:
    """Return how many days can be read in one order alone; ISO days count as theirs."""
    orders: dict[DateOrder, int] = {}
    for text in texts:
        found = _DAY.match(text)
        order = _order(found[1], found[3]) if found else None
        if order is not None:
            orders[order] = orders.get(order, 0) + 1
    return orders


def _order(first: str, second: str) -> DateOrder | None:
    if len(first) == _YEAR_DIGITS:
        return "year-month-day"
    if int(first) > _LAST_MONTH:
        return "day-month-year"
    return "month-day-year" if int(second) > _LAST_MONTH else None


def decimal_mark(texts: Iterable[str]) -> DecimalMark | None:
    """Return which mark stands before decimals; None where no value tells."""
    known = list(texts)
    commas = sum(bool(_COMMA.match(text)) for text in known)
    points = sum(bool(_POINT.match(text)) for text in known)
    if commas == points:
        return None
    return "comma" if commas > points else "point"


def number_of(text: str) -> float | None:
    """Return a number, whichever mark it has; None for other texts."""
    return float(text.replace(",", ".")) if _NUMBER.match(text) and text.isascii() else None
