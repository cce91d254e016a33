"""The glossary: what terms of this field mean, in each language, so that a file can be understood.

A term leads to a concept: `fecha de nacimiento`, `F. Nac.` and `DOB` to `birth-date`. A concept
is known to a dataset's column or code by the same terms, in whatever language the file is.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from policies.recipes.folding import fold_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LANGUAGES = ("en", "es")
AMBIGUOUS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"en": frozenset(), "es": frozenset({"m"})}
)
"""Terms that mean two things on purpose: `M` is mujer beside H, and masculino beside F."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ENDING = re.compile(r"\((?:e?s|[ao]s?)\)|/(?:[ao]s?)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset({"de", "del", "la", "el", "los", "las", "of", "the", "a", "al", "an"})
_SHORT = 3  # letters up to which a final s is no plural
_PARTS = 2


class GlossaryError(ValueError):
    """A glossary file isn't one: the line says where."""

    def __init__(self, line: int) -> None:
        """Say which line isn't `concept;term`."""
        super().__init__(f"line {line} isn't concept;term")
        self.line = line


@dataclass(frozen=True)
class Glossary:
    """Terms and what they mean.

    Attributes:
        concepts: of each term (as `term_key`); more than one where it is ambiguous.
        terms: of each concept.
        languages: in which each term is known.
    """

    concepts: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, frozenset[str]]

    def meaning(self, term: str) -> str | None:
        """Return the one concept of a term's key; None for an unknown or ambiguous one."""
        found = self.concepts.get(term, ())
        return found[0] if len(found) == 1 else None


@cache
def term_key(text: str) -> str:
    """Return a term or a name as its words: folded, in the singular, without articles.

    `Nombre(s)`, `nombres` and `NOMBRE` are one; `DateOfBirth`, `date_of_birth` and
    `Date of birth` are one.
    """
    bare = _ENDING.sub("", text)
    words = _WORD.findall(fold_word(_HUMP.sub(" ", bare)))
    telling = [word for word in words if word not in _SMALL] or words
    return " ".join(map(_singular, telling))


def _singular(word: str) -> str:
    if len(word) <= _SHORT or not word.endswith("s"):
        return word
    return word[:-2] if re.search(r"[^aeiou]es$", word) else word[:-1]


def load_glossary(languages: Iterable[str] = LANGUAGES, further: Iterable[str] = ()) -> Glossary:
    """Return the shipped glossary of these languages, and own files after it.

    Args:
        languages: of the shipped files; another one ships nothing and is no error.
        further: texts of own files of the same form; what they say of a term counts.

    Raises:
        GlossaryError: a line isn't `concept;term`.
    """
    concepts: dict[str, tuple[str, ...]] = {}
    spoken: dict[str, set[str]] = {}
    for language in languages:
        for concept, term in _shipped(language):
            key = term_key(term)
            spoken.setdefault(key, set()).add(language)
            concepts[key] = tuple(dict.fromkeys((*concepts.get(key, ()), concept)))
    for text in further:
        concepts.update({term_key(term): (concept,) for concept, term in read_terms(text)})
    terms: dict[str, list[str]] = {}
    for key, meant in concepts.items():
        for concept in meant:
            terms.setdefault(concept, []).append(key)
    return Glossary(
        concepts,
        {concept: tuple(keys) for concept, keys in terms.items()},
        {key: frozenset(names) for key, names in spoken.items()},
    )


def read_terms(text: str) -> tuple[tuple[str, str], ...]:
    """Return concept and term of each line of a glossary file.

    Raises:
        GlossaryError: a line isn't `concept;term`.
    """
    found = []
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=";"), start=1):
        if not row or row == ["concept", "term"]:
            continue
        if len(row) != _PARTS or not all(cell.strip() for cell in row):
            raise GlossaryError(number)
        found.append((row[0].strip(), row[1].strip()))
    return tuple(found)


@cache
def _shipped(language: str) -> tuple[tuple[str, str], ...]:
    file = files("policies.recipes").joinpath("glossary", f"{language}.csv")
    return read_terms(file.read_text(encoding="utf-8")) if file.is_file() else ()
