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
from anonymizers.redaction.spans import NUMBER, REDACTED, Span, merged, patterns
from anonymizers.redaction.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonymizers.redaction.spans import Recognizer

Keep = Literal["listed", "unfound"]
_MARKS = frozenset(".,;:?!")
_JOINTS = ".@/_'-"
_PIECE = re.compile(
    r"(?P<joined>\w+(?:[.@/_'\-]+\w+)+)|(?P<word>[^\W\d_]+)|(?P<number>\w+)|(?P<mark>[^\w\s])",
)
_NUMERALS = frozenset(bare(word) for word in (*DIGITS, *TIMES, *LARGER)) - {
    *("oh",),  # an exclamation
    *ARTICLES,
}
_BETWEEN_MARKS = re.compile(r"[^\s.,;:?!]+")
_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
LONGEST_RUN = 80
"""Characters without a blank; a longer run is no word, and would cost its square to look at."""
_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1},}}")
_CUT = "\u2588"
_CUTS = patterns(REDACTED, _CUT)
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
        plain = _RUN.sub(_CUT, plain_text(text))
        spans = merged(self._find(plain), KINDS)
        pieces, place = [], 0
        for span in spans:
            pieces += [*self._kept(plain, place, span.start), f"[{span.kind}]"]
            place = span.end
        pieces += self._kept(plain, place, len(plain))
        return _joined(pieces)

    def is_clean(self, text: str) -> bool:
        """Whether a text holds nothing but listed words, marks and placeholders."""
        words = _BETWEEN_MARKS.findall(_PLACEHOLDER.sub(" ", text))
        return all(self._is_listed(word) for word in words)

    @cached_property
    def _listed(self) -> frozenset[str]:
        return vocabulary(self.languages)

    def _is_listed(self, word: str) -> bool:
        return bare(word) in self._listed or bare(word) in ARTICLES

    def _find(self, plain: str) -> Iterator[Span]:
        for recognizer in (*RECOGNIZERS, *self.further, Names(self._listed | {*ARTICLES}), _CUTS):
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
        if self._may_stay(plain, match, match[0]):
            return match[0]
        # Joined words stay if every one of them may: half a handle is a handle.
        parts = re.split(f"[{re.escape(_JOINTS)}]+", match[0])
        if match["joined"] and all(self._may_stay(plain, match, part) for part in parts):
            return " ".join(parts)
        return f"[{REDACTED}]"

    def _may_stay(self, plain: str, match: re.Match[str], word: str) -> bool:
        """Whether a word is listed, and written like a word: capitals begin sentences alone."""
        if not self._is_listed(word) or bare(word) in _NUMERALS:
            return False
        if word.islower() or word in {"I", "I'm", "I've", "I'd", "I'll"}:
            return True
        begins = bool(_SENTENCE_ENDS.search(plain, max(0, match.start() - 8), match.start()))
        return begins and word == word.capitalize()


def _whole_words(plain: str, span: Span) -> Span:
    """Widen a find to the ends of what it is joined to: half a number is a number too."""
    start, end = span.start, span.end
    while 0 < start < len(plain) and _is_joined(plain, start):
        start -= 1
    while 0 < end < len(plain) and _is_joined(plain, end):
        end += 1
    return Span(start, end, span.kind)


def _is_joined(plain: str, place: int) -> bool:
    """Whether what stands before and after a place is one word, as in `a.b` or `a-1`."""
    before, after = plain[place - 1], plain[place]
    if before.isalnum():
        return after.isalnum() or (after in _JOINTS and plain[place + 1 : place + 2].isalnum())
    return before in _JOINTS and after.isalnum() and place > 1 and plain[place - 2].isalnum()


def _joined(pieces: list[str]) -> str:
    """Join the pieces; several placeholders in a row say no more than one."""
    text = " ".join("".join(pieces).split())
    kinds = "|".join(KINDS)
    text = re.sub(rf"\]\[(?={kinds})", "] [", text)
    text = re.sub(rf"\[({kinds})\](?:[\s.,;:?!]*\[\1\])+", r"[\1]", text)
    return re.sub(r"\s+(?=[.,;:?!])", "", text)
