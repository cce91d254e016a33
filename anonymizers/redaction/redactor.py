"""Redaction of one text: what stays is what a list allows, never what nobody recognized.

Guarantee (`keep: listed`):
    A redacted text is made of words of the vocabulary, a few punctuation marks and placeholders.
    Whatever name, number or address the text held, in whatever spelling, no word or digit of it
    is in the result unless it is a listed word. `is_clean` checks it on any text, without
    knowing how that text came about.

    Argument: `_kept` appends three things only: a placeholder of KINDS, a mark of _MARKS, and a
    word that `_may_stay` found in the vocabulary. Recognizers can only turn more of the text
    into placeholders.

Does not protect:
    What listed words say together ("her brother, the judge" were both listed) may still single a
    person out: the text is personal data, whatever was removed. With `keep: unfound` everything
    stays that no recognizer found, and recall is what was measured, no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from anonymizers.redaction.names import Names
from anonymizers.redaction.numerals import ARTICLES, DIGITS, LARGER, TIMES
from anonymizers.redaction.plain import bare, plain_text
from anonymizers.redaction.recognizers import KINDS, RECOGNIZERS
from anonymizers.redaction.spans import NUMBER, REDACTED, Span, merged
from anonymizers.redaction.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonymizers.redaction.spans import Recognizer

Keep = Literal["listed", "unfound"]
_MARKS = frozenset(".,;:?!")
_PIECE = re.compile(r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<number>\w+)|(?P<mark>[^\w\s])")
_NUMERALS = frozenset(bare(word) for word in (*DIGITS, *TIMES, *LARGER)) - {
    *("oh",),  # an exclamation
    *ARTICLES,
}
_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
_SENTENCE_ENDS = re.compile(r"(?:^|[.?!\n])[\s\"'(¿¡\-]*$")


@dataclass(frozen=True)
class Redactor:
    """Redacts texts.

    Attributes:
        languages: whose words may stay, of `vocabulary.LANGUAGES`.
        keep: `listed` words alone, or whatever is `unfound`.
        further: recognizers beside our own; they can only take more out.
    """

    languages: tuple[str, ...]
    keep: Keep = "listed"
    further: tuple[Recognizer, ...] = ()

    def redact(self, text: str) -> str:
        """Return the text with placeholders for what must not leave."""
        plain = plain_text(text)
        spans = merged(self._find(plain), KINDS)
        pieces, place = [], 0
        for span in spans:
            pieces += [*self._kept(plain, place, span.start), f"[{span.kind}]"]
            place = span.end
        pieces += self._kept(plain, place, len(plain))
        return _joined(pieces)

    def is_clean(self, text: str) -> bool:
        """Whether a text holds nothing but listed words, marks and placeholders."""
        rest = _PLACEHOLDER.sub(" ", text)
        words = (word.rstrip("".join(_MARKS)) for word in rest.split())
        return all(not word or self._is_listed(word) for word in words)

    @cached_property
    def _listed(self) -> frozenset[str]:
        return vocabulary(self.languages)

    def _is_listed(self, word: str) -> bool:
        return bare(word) in self._listed or bare(word) in ARTICLES

    def _find(self, plain: str) -> Iterator[Span]:
        for recognizer in (*RECOGNIZERS, *self.further, Names(self._listed | {*ARTICLES})):
            yield from (_whole_words(plain, span) for span in recognizer.find(plain))

    def _kept(self, plain: str, start: int, end: int) -> Iterator[str]:
        """Yield what may stay of a stretch in which nothing was found, with its blanks."""
        if self.keep == "unfound":
            yield plain[start:end]
            return
        place = start
        for match in _PIECE.finditer(plain, start, end):
            yield " " if match.start() > place else ""
            yield self._piece(plain, match)
            place = match.end()
        yield " " if end > place else ""

    def _piece(self, plain: str, match: re.Match[str]) -> str:
        if match["mark"]:
            return match["mark"] if match["mark"] in _MARKS else " "
        if match["number"] or bare(match[0]) in _NUMERALS:
            return f"[{NUMBER}]"
        return match[0] if self._may_stay(plain, match) else f"[{REDACTED}]"

    def _may_stay(self, plain: str, match: re.Match[str]) -> bool:
        """Whether a word is listed, and written like a word: capitals begin sentences alone."""
        word = match[0]
        if not self._is_listed(word):
            return False
        if word.islower() or word in {"I", "I'm", "I've", "I'd", "I'll"}:
            return True
        begins = bool(_SENTENCE_ENDS.search(plain, max(0, match.start() - 8), match.start()))
        return begins and word == word.capitalize()


def _whole_words(plain: str, span: Span) -> Span:
    """Widen a find to the ends of its words: half a number is a number too."""
    start, end = span.start, span.end
    while start > 0 and plain[start].isalnum() and plain[start - 1].isalnum():
        start -= 1
    while end < len(plain) and plain[end - 1].isalnum() and plain[end].isalnum():
        end += 1
    return Span(start, end, span.kind)


def _joined(pieces: list[str]) -> str:
    """Join the pieces; several placeholders in a row say no more than one."""
    text = " ".join("".join(pieces).split())
    kinds = "|".join(KINDS)
    text = re.sub(rf"\]\[(?={kinds})", "] [", text)
    text = re.sub(rf"\[({kinds})\](?:[\s.,;:?!]*\[\1\])+", r"[\1]", text)
    return re.sub(r"\s+(?=[.,;:?!])", "", text)
