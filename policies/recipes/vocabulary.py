"""A column's vocabulary: which of its codes a word of a file means, through the glossary."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from anonymizers.ladders.country_names import country_names
from policies.recipes.folding import fold_word
from policies.recipes.glossary import term_key
from policies.recipes.words import NO, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.documents import ColumnDocument
    from policies.recipes.glossary import Glossary

_LETTER = re.compile(r"^[A-Z]_(?=[A-Z])")
_NEAR = 0.6
_LEVELS = ("none", "aggregate", "anonymized", "pseudonymized", "identifiable")


@dataclass(frozen=True)
class Vocabulary:
    """Words of a column.

    Attributes:
        codes: that the column knows, by each key that means one of them.
        unclear: by a key that could mean several.
    """

    codes: Mapping[str, str]
    unclear: Mapping[str, tuple[str, ...]]

    def code(self, word: str) -> str | None:
        """Return the code that a word means; None where it means none, or none for sure."""
        return self.codes.get(term_key(word))

    def nearest(self, word: str) -> tuple[str | None, float]:
        """Return the code whose terms look most like a word, and how much, from 0 to 1."""
        key = term_key(word)
        found = difflib.get_close_matches(key, self.codes, n=1, cutoff=_NEAR)
        if not found:
            return None, 0.0
        ratio = difflib.SequenceMatcher(None, key, found[0]).ratio()
        return self.codes[found[0]], round(ratio, 2)

    def settle(self, words: Iterable[str]) -> Vocabulary:
        """Return this vocabulary with short words told apart by those beside them.

        `M` beside `H` is mujer, beside `F` masculino; alone it stays unclear.
        """
        beside = [key for key in map(term_key, words) if len(key) == 1]
        taken = {self.codes[key] for key in beside if key in self.codes}
        told = {}
        for key, codes in self.unclear.items():
            left = [code for code in codes if code not in taken]
            if taken and len(left) == 1:
                told[key] = left[0]
        return Vocabulary({**self.codes, **told}, self.unclear)


def vocabulary_of(column: ColumnDocument, glossary: Glossary) -> Vocabulary | None:
    """Return the vocabulary of a column; None where anything may stand there."""
    if column.role == "consent":
        refusals = dict.fromkeys(words_of(NO, None) - {"0", "f", "n"}, "none")
        return Vocabulary({**{term_key(k): "none" for k in refusals}, **_alone(_LEVELS)}, {})
    if column.codes is not None:
        return _of_codes(column.codes, glossary)
    return Vocabulary(_countries(glossary), {}) if column.ladder == "country" else None


def _alone(codes: Iterable[str]) -> dict[str, str]:
    return {term_key(code): code for code in codes}


def _of_codes(codes: tuple[str, ...], glossary: Glossary) -> Vocabulary:
    found: dict[str, list[str]] = {}
    for code in codes:
        for key in code_terms(code, glossary):
            found.setdefault(key, []).append(code)
    own = _alone(codes)
    clear = {key: meant[0] for key, meant in found.items() if len(meant) == 1}
    unclear = {key: tuple(meant) for key, meant in found.items() if len(meant) > 1}
    return Vocabulary({**clear, **own}, unclear)


def code_terms(code: str, glossary: Glossary) -> tuple[str, ...]:
    """Return the keys that mean a code: its own words, and all terms of what it means."""
    keys = [term_key(code), term_key(_LETTER.sub("", code))]
    meant = [concept for key in keys for concept in glossary.concepts.get(key, ())]
    terms = [term for concept in meant[:1] for term in glossary.terms.get(concept, ())]
    return tuple(dict.fromkeys((*keys, *terms)))


@cache
def _country_names() -> Mapping[str, str]:
    return {term_key(name): code for name, code in country_names().items() if term_key(name)}


def _countries(glossary: Glossary) -> dict[str, str]:
    demonyms = {
        term: concept.removeprefix("country-").upper()
        for concept, terms in glossary.terms.items()
        if concept.startswith("country-")
        for term in terms
    }
    return {**_country_names(), **demonyms}


def is_same(word: str, code: str) -> bool:
    """Answer whether a word is the code itself, in whatever capitals."""
    return fold_word(word) == fold_word(code)
