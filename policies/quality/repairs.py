"""Repairs: what a cell was probably meant to say, where it can't be read or isn't expected.

Only what has one reading is proposed. `03/04/2024` is the third of April or the fourth of March, so
nothing is proposed for it; `31/12/2024` is one day in any order. Nobody guesses what people
allowed: columns of consent, funding and sharing are never repaired, nor are keys and names.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from anonymizers.ladders.spellings import country_spellings, fold, subdivision_spellings
from anonymizers.normalization import normalize
from policies.quality.distances import clear_winner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policies.documents import ColumnDocument

RepairKind = Literal[
    "age-of-birth-date",
    "blanks",
    "date-order",
    "day-and-month",
    "decimal-mark",
    "leading-zero",
    "phone",
    "place-name",
    "spelling",
    "spelling-form",
]
NEVER = ("consent", "consent_end", "funding", "share_with", "share_for", "free_text")
CERTAIN, SURE, LIKELY = 1.0, 0.95, 0.9

SPARE_BLANKS = r"\s{2,}|[\t\r\n\v\f\x{00a0}]"
"""Doubled blanks, and other ones than the plain one, as RE2 writes them."""

_DAY = re.compile(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})((?:[T ]\d{2}:\d{2}.*)?)")
_YEAR_DIGITS = 4
_GROUPED = re.compile(
    r"([+-]?)([1-9]\d{0,2}([.,' \u00a0\u202f\u2019])\d{3}(?:\3\d{3})*|\d+)(?:([.,])(\d+))?"
)
_GROUP = 3
_POSTCODE = re.compile(r"[1-9]\d{2,3}")
_POSTCODE_DIGITS = 5
_DIALLED_ABROAD = "00"


@dataclass(frozen=True)
class Repair:
    """What a cell was probably meant to say.

    Attributes:
        text: as the dataset writes it.
        confidence: above 0, up to 1 for what has the same letters in another form.
    """

    text: str
    kind: RepairKind
    confidence: float


def propose(text: str, column: ColumnDocument) -> Repair | None:
    """Return what a cell was probably meant to say; None where that isn't clear.

    Args:
        text: trimmed, of a cell that can't be read, isn't expected, or has superfluous blanks.
        column: its declaration.

    Returns:
        The same for the same text, always; its own text is never proposed.
    """
    if column.role in NEVER:
        return None
    for proposal in _proposals(text, column):
        if proposal.text != text:
            return proposal
    return None


def propose_age(birth: date, on: date) -> Repair:
    """Return the age that somebody of this birth date has on a day, in whole years."""
    had = (on.month, on.day) >= (birth.month, birth.day)
    return Repair(str(on.year - birth.year - (not had)), "age-of-birth-date", LIKELY)


def _proposals(text: str, column: ColumnDocument) -> Iterator[Repair]:
    if column.codes is not None:
        yield from _codes(text, column)
    elif column.ladder in _PLACES:
        yield from _PLACES[column.ladder](text)
    elif column.role == "direct_identifier":
        yield from _phones(text, column) if column.normalization == "e164" else ()
    elif column.type in _TYPED:
        yield from _TYPED[column.type](text)
    elif column.type == "string":
        yield Repair(" ".join(text.split()), "blanks", CERTAIN)


def _codes(text: str, column: ColumnDocument) -> Iterator[Repair]:
    codes = column.codes or ()
    parts = text.split(column.multiple) if column.multiple else [text]
    repaired = [
        Repair(part, "spelling-form", CERTAIN) if part in codes else _code(part, codes)
        for part in map(str.strip, parts)
        if part
    ]
    certain = [part for part in repaired if part is not None]
    if len(certain) == len(repaired):
        worst = min(certain, key=lambda part: part.confidence, default=None)
        if worst is not None:
            joined = (column.multiple or "").join(part.text for part in certain)
            yield Repair(joined, worst.kind, worst.confidence)


def _code(text: str, codes: tuple[str, ...]) -> Repair | None:
    forms = _forms(codes)
    form = _form(text)
    if form in forms:
        return Repair(forms[form], "spelling-form", CERTAIN)
    nearest = clear_winner(form, forms)
    return None if nearest is None else Repair(nearest[0], "spelling", nearest[1])


@lru_cache(maxsize=256)
def _forms(codes: tuple[str, ...]) -> Mapping[str, str]:
    """Map each code's letters and digits to the code, without those that two codes share."""
    named: dict[str, list[str]] = {}
    for code in codes:
        named.setdefault(_form(code), []).append(code)
    return {form: found[0] for form, found in named.items() if form and len(found) == 1}


def _form(text: str) -> str:
    """Return letters and digits without case and accents: `Forced labour` is `forcedlabour`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def _dates(text: str) -> Iterator[Repair]:
    found = _DAY.fullmatch(text)
    if not found:
        return
    first, _, second, third, rest = found.groups()
    if len(first) == _YEAR_DIGITS and len(third) < _GROUP:
        as_written = _day(first, second, third)
        swapped = None if as_written else _day(first, third, second)
        kind: RepairKind = "day-and-month" if swapped else "date-order"
        days = {as_written or swapped}
    elif len(third) == _YEAR_DIGITS and len(first) < _GROUP:
        days, kind = {_day(third, second, first), _day(third, first, second)}, "date-order"
    else:
        return
    certain = days - {None}
    if len(certain) == 1:
        yield Repair(f"{certain.pop()}{rest}", kind, SURE)


def _day(year: str, month: str, day: str) -> date | None:
    with suppress(ValueError):
        return date(int(year), int(month), int(day))
    return None


def _decimals(text: str) -> Iterator[Repair]:
    found = _GROUPED.fullmatch(text)
    if not found:
        return
    sign, whole, grouped, mark, decimals = found.groups()
    if grouped in {".", ","} and (mark is None and whole.count(grouped) == 1):
        return  # 1,250: one and a quarter, or more than a thousand
    if grouped is not None and grouped == mark:
        return
    digits = re.sub(r"\D", "", whole)
    yield Repair(f"{sign}{digits}" + (f".{decimals}" if decimals else ""), "decimal-mark", LIKELY)


def _integers(text: str) -> Iterator[Repair]:
    found = _GROUPED.fullmatch(text)
    if not found:
        return
    sign, whole, grouped, mark, decimals = found.groups()
    if (grouped is not None and grouped == mark) or (decimals or "").strip("0"):
        return
    yield Repair(f"{sign}{re.sub(r'[^0-9]', '', whole)}", "decimal-mark", LIKELY)


def _postcodes(text: str) -> Iterator[Repair]:
    if _POSTCODE.fullmatch(text):
        yield Repair(text.zfill(_POSTCODE_DIGITS), "leading-zero", SURE)


def _countries(text: str) -> Iterator[Repair]:
    yield from _place(text, country_spellings())


def _states(text: str) -> Iterator[Repair]:
    states = {name: code.partition("-")[2] for name, code in subdivision_spellings("US").items()}
    yield from _place(text, states)


def _place(text: str, spellings: Mapping[str, str]) -> Iterator[Repair]:
    nearest = clear_winner(fold(text), spellings)
    if nearest is not None:
        yield Repair(nearest[0], "place-name", nearest[1])


def _phones(text: str, column: ColumnDocument) -> Iterator[Repair]:
    """Yield a number that says its country itself, or whose column does.

    Without either, the first digits of a number from home look like another country's code.
    """
    bare = re.sub(r"[^\d+]", "", text)
    if bare.startswith(_DIALLED_ABROAD):
        bare = "+" + bare.removeprefix(_DIALLED_ABROAD)
    if bare.startswith("+") or column.region is not None:
        found = normalize(bare, "e164", column.region)
        if found is not None:
            yield Repair(found, "phone", LIKELY)


_PLACES: Mapping[str | None, Callable[[str], Iterator[Repair]]] = MappingProxyType(
    {"us-postcode": _postcodes, "country": _countries, "us-state": _states}
)
_TYPED: Mapping[str, Callable[[str], Iterator[Repair]]] = MappingProxyType(
    {"date": _dates, "timestamp": _dates, "decimal": _decimals, "integer": _integers}
)
