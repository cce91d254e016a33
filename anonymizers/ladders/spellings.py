"""How places are spelled: codes and names in several languages, matched whole, never by likeness.

Names come from ISO 3166 and its translations as pycountry ships them. A spelling that stands for
two places stands for none: what is ambiguous is suppressed, not guessed.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# Translations that are complete and checked. Small catalogues hold machine guesses that give one
# country's name to another (pycountry 26: Guarani calls Malaysia "México").
LANGUAGES = (
    *("es", "fr", "pt", "pt_BR", "ar", "bg", "de", "hu", "id", "it", "ja", "ko", "nl", "pl"),
    *("ro", "ru", "th", "tr", "uk", "vi", "zh_CN", "zh_TW"),
)
_ACCENTS = re.compile("[\u0300-\u036f]")


def fold(text: str) -> str:
    """Return a spelling without case, accents, hyphens and superfluous blanks."""
    plain = text.casefold().replace("-", " ")
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain.replace("\u2019", "'")))
    return " ".join(plain.split())


def unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Map each folded spelling to what it stands for, where that is one place only."""
    places: dict[str, set[str]] = defaultdict(set)
    for spelling, place in pairs:
        places[fold(spelling)].add(place)
    return {spelling: next(iter(found)) for spelling, found in places.items() if len(found) == 1}


@cache
def country_spellings() -> Mapping[str, str]:
    """Map folded codes (alpha-2, alpha-3, numeric) and names to the alpha-2 code.

    A code is a code, also where some language has a country of that name.
    """
    import pycountry

    codes = unambiguous(
        (code, country.alpha_2)
        for country in pycountry.countries
        for code in (country.alpha_2, country.alpha_3, country.numeric)
    )
    return {**unambiguous(_country_names(pycountry.countries)), **codes}


@cache
def subdivision_spellings(country: str) -> Mapping[str, str]:
    """Map folded codes (`US-CA`, `CA`) and names of a country's subdivisions to ISO 3166-2."""
    import pycountry

    parts = [part for part in pycountry.subdivisions if part.country_code == country]
    codes = unambiguous(
        (code, part.code) for part in parts for code in (part.code, part.code.partition("-")[2])
    )
    names = (
        (translate(part.name), part.code)
        for translate in _translations("iso3166-2")
        for part in parts
    )
    return {**unambiguous(names), **codes}


def _country_names(countries: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for translate in _translations("iso3166-1"):
        for country in countries:
            for field in ("name", "common_name", "official_name"):
                name = getattr(country, field, None)
                if name:
                    yield translate(name), country.alpha_2


def _translations(domain: str) -> Iterator[Callable[[str], str]]:
    """Yield what turns an English name into each language, English itself first."""
    import pycountry

    yield str
    for language in LANGUAGES:
        folder = pycountry.LOCALES_DIR
        catalogue = gettext.translation(domain, folder, languages=[language], fallback=True)
        yield catalogue.gettext
