"""Names of people and places, by how they are written and by what introduces them.

Does not protect: a name in small letters that nothing introduces isn't seen here. That is why
texts keep listed words alone unless a policy says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.redaction.plain import bare
from anonymizers.redaction.spans import NAME, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = r"[^\W\d_]+(?:['\-][^\W\d_]+)*"
_WORD = re.compile(_LETTERS)
_TITLES = r"(?:mrs?|ms|miss|dr|dra|sr|sra|srta|don|doña|señora?|señorita|lic|ing|sgt|aunt|uncle)"
_INTRODUCED = re.compile(
    rf"""\b(?:{_TITLES}\.?|name\s+is|named|called|aka|a\.k\.a\.|alias|goes\s+by|known\s+as|
    nombre\s+es|me\s+llamo|se\s+llama(?:ba)?|llamad[oa]|conocid[oa]\s+como|le\s+dicen|apodad[oa])
    [\s:,"']+(?P<words>{_LETTERS}(?:\s+{_LETTERS}){{0,3}})""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Names:
    """Finds words that are no listed ones and are written, or introduced, like a name.

    Attributes:
        listed: words in small letters without accents, that are no names.
    """

    listed: frozenset[str]
    kind: str = NAME

    def find(self, text: str) -> Iterator[Span]:
        """Yield each word of a name by itself."""
        for match in _WORD.finditer(text):
            if not match[0].islower() and not self._is_listed(match[0]):
                yield Span(*match.span(), NAME)
        for introduced in _INTRODUCED.finditer(text):
            yield from self._unlisted(introduced)

    def _unlisted(self, introduced: re.Match[str]) -> Iterator[Span]:
        """Yield the words after an introduction up to the first listed one."""
        first = introduced.start("words")
        for match in _WORD.finditer(introduced["words"]):
            if self._is_listed(match[0]):
                return
            yield Span(first + match.start(), first + match.end(), NAME)

    def _is_listed(self, word: str) -> bool:
        return bare(word) in self.listed
