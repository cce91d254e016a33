"""The vocabulary: words that may stay in a redacted text, because they name nobody.

A list of its own for each language: everyday words of case notes. Numbers, days and places aren't
in it, nor words that many people are called by (Page, Law, Bueno), so whatever isn't listed is held
back, as a rule and not as a find: an unknown name needs no recognizer.

Does not protect: somebody whose name is also a word that case notes can't do without (Day, House,
Friend; Primo, Pagan; Tan, Van, An). With a capital within a sentence, or beside a name, it is held
back; in small letters, or as the first word of a sentence, it stays.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from anonymizers.redaction.plain import bare

if TYPE_CHECKING:
    from collections.abc import Iterable

LANGUAGES = ("en", "es")
_FOLDER = files("anonymizers.redaction") / "words"


@cache
def vocabulary(languages: tuple[str, ...]) -> frozenset[str]:
    """Return the words of some languages, in small letters without accents."""
    return frozenset(bare(word) for language in languages for word in _words(language))


@cache
def version(languages: tuple[str, ...]) -> str:
    """Return what names these lists as they are: another list makes other texts."""
    listed = "\n".join(sorted(vocabulary(languages)))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def _words(language: str) -> Iterable[str]:
    text = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return " ".join(lines).split()
