"""Normalization: one form for every spelling of an identifier, before its root is computed.

`text` is Unicode's caseless compatibility form (NFKC, case folding) without invisible format
characters, outer blanks removed and inner ones made a single space. `e164` is a phone number as
`+` and its digits, without extension; what isn't a phone number falls back to `text`, so that it
still has a root and leaves the lake.

References:
    Unicode Standard 3.13 "Default Case Algorithms" (D146), UAX #15; ITU-T E.164.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

Rule = Literal["text", "e164"]

E164_FORM = r"^\+[1-9][0-9]{5,16}$"
# Usual spellings of a number of the North American plan. The tables of numbering plans read them
# the same way, fifty times more slowly; a property test holds both against each other.
_AMERICAN = r"(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[-. ]?)([0-9]{3})[-. ]?([0-9]{4})$"
_FROM_ANYWHERE = r"^\+1[-. ]?" + _AMERICAN
_FROM_THERE = r"^(?:\+?1[-. ]?)?" + _AMERICAN
_THERE = frozenset({"US", "CA"})
_ASCII_BLANKS = r"[\t-\r\x1c-\x20]+"  # what str.split() takes for blanks, within ASCII


def normalize(value: str, rule: Rule, region: str | None = None) -> str | None:
    """Return the one form of an identifier; None where the rule can't read it.

    Args:
        value: as it came.
        rule: `text` or `e164`.
        region: where phone numbers without a country code are from, ISO 3166 alpha-2.

    Returns:
        Never an empty text: nothing but blanks is None, and no phone number is None under `e164`.
    """
    return _fold(value) if rule == "text" else _dial(value, region)


def normalize_column(values: pa.Array, rule: Rule, region: str | None = None) -> pa.Array:
    """Return the one form of each identifier, as the roots are computed from.

    What `e164` can't read gets its `text` form, which never looks like a phone number:
    `find_invalid` tells them apart. NULL and mere blanks are NULL.

    Args:
        values: strings.
        rule: as in `normalize`.
        region: as in `normalize`.
    """
    encoded = values.cast(pa.string()).dictionary_encode()
    distinct = encoded.dictionary
    normalized = _fold_distinct(distinct) if rule == "text" else _dial_distinct(distinct, region)
    return normalized.take(encoded.indices)


def find_invalid(normalized: pa.Array, rule: Rule) -> pa.Array:
    """Mark the identifiers that the rule couldn't read; NULL isn't one of them.

    Args:
        normalized: from `normalize_column` under the same rule.
        rule: `text` reads everything.

    Returns:
        Booleans without NULL.
    """
    if rule == "text":
        return pa.repeat(False, len(normalized))  # noqa: FBT003 - the value repeated
    return pc.invert(pc.match_substring_regex(normalized, E164_FORM).fill_null(True))  # noqa: FBT003


def _fold(value: str) -> str | None:
    # Twice, because folding can undo composition and composition can enable folding.
    folded = _fold_once(_fold_once(value))
    return " ".join(folded.split()) or None


def _fold_once(value: str) -> str:
    composed = unicodedata.normalize("NFKC", value)
    visible = "".join(char for char in composed if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", visible.casefold())


def _dial(value: str, region: str | None) -> str | None:
    import phonenumbers as phones

    try:
        number = phones.parse(unicodedata.normalize("NFKC", value), region)
    except phones.NumberParseException:
        return _if_e164(_fold(value))
    if phones.is_possible_number_with_reason(number) != phones.ValidationResult.IS_POSSIBLE:
        return _if_e164(_fold(value))
    return _if_e164(phones.format_number(number, phones.PhoneNumberFormat.E164))


def _if_e164(text: str | None) -> str | None:
    # The form decides, not the tables of numbering plans: so what falls back never has it.
    return text if text and re.fullmatch(E164_FORM, text) else None


def _fold_distinct(values: pa.Array) -> pa.Array:
    """Fold in Arrow where the text is ASCII, in Python where it isn't."""
    ascii_form = pc.ascii_lower(pc.replace_substring_regex(values, _ASCII_BLANKS, " "))
    trimmed = pc.ascii_trim(ascii_form, " ")
    plain = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    foreign = pc.invert(pc.string_is_ascii(values))
    return pc.replace_with_mask(plain, foreign, _each(values.filter(foreign), _fold))


def _dial_distinct(values: pa.Array, region: str | None) -> pa.Array:
    """Dial usual American spellings in Arrow, every other in Python; fold what is no number."""
    usual = _FROM_THERE if region in _THERE else _FROM_ANYWHERE
    dialled = pc.replace_substring_regex(values, usual, r"+1\1\2\3\4")
    unusual = pc.invert(pc.match_substring_regex(values, usual))
    rest = _each(values.filter(unusual), lambda value: _dial(value, region))
    dialled = pc.replace_with_mask(dialled, unusual, rest)
    folded = _fold_distinct(values)
    unread = pc.is_null(dialled)
    return pc.if_else(unread, folded, dialled)


def _each(values: pa.Array, form: Callable[[str], str | None]) -> pa.Array:
    return pa.array([form(value) for value in values.to_pylist()], type=pa.string())
