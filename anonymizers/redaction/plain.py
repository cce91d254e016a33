"""Plain text: one spelling of what looks the same, so that nothing hides behind it.

Compatibility forms become plain letters (NFKC), invisible and format characters go, letters of
other alphabets that look like Latin ones become those, every blank is a space and every dash a
hyphen. What is released is made of this text, never of the one that came.

References:
    Unicode UAX #15 (NFKC), UTS #39 "Unicode security mechanisms" (confusables; the table here
    holds those that people use in Latin words).
"""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧορνιατκıɡℓ",
    "ABESIJKMHOPCTYXaeopcyxijsdqwhABEZHIKMNOPTYXopviatkigl",
)
_DASHES = re.compile("[\u2010-\u2015\u2212\u00ad\ufe58\ufe63\uff0d]")
_QUOTES = re.compile("[\u2018\u2019\u201b\u0060\u00b4\u02bc]")
_DOTS = re.compile("[\u00b7\u2022\u2027\u2219\u30fb]")
_BLANKS = re.compile(r"[^\S\n]+")
_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"})


def plain_text(text: str) -> str:
    """Return the plain spelling of a text; lines stay lines."""
    signs = _DOTS.sub(".", _QUOTES.sub("'", _DASHES.sub("-", text)))
    composed = unicodedata.normalize("NFKC", signs).translate(_LOOKALIKES)
    seen = "".join(_visible(character) for character in composed)
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in seen.split("\n")).strip()


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    if character in "\r\v\f\x85\u2028\u2029":
        return "\n"
    return "" if unicodedata.category(character) in _UNSEEN else character


def bare(word: str) -> str:
    """Return a word in small letters without accents: `Telefono` and `teléfono` are one."""
    parted = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in parted if unicodedata.category(letter) != "Mn")
