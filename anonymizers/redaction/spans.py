"""Spans: the pieces of a text that must not leave, each with the kind of thing it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REDACTED, NAME, NUMBER = "REDACTED", "NAME", "NUMBER"


@dataclass(frozen=True)
class Span:
    """A piece of a text.

    Attributes:
        start, end: places in the text, `end` not included.
        kind: what it is, in capitals: PHONE, NAME.
    """

    start: int
    end: int
    kind: str


class Recognizer(Protocol):
    """Finds one kind of thing."""

    @property
    def kind(self) -> str:
        """What it finds, in capitals."""

    def find(self, text: str) -> Iterator[Span]:
        """Yield what it finds in a plain text (`plain.plain_text`), in any order."""


@dataclass(frozen=True)
class Patterns:
    """A recognizer made of regular expressions.

    Attributes:
        kind: what it finds.
        expressions: where one has a group `value`, that group is the find, else the whole match.
    """

    kind: str
    expressions: tuple[re.Pattern[str], ...]

    def find(self, text: str) -> Iterator[Span]:
        """Yield what matches."""
        for expression in self.expressions:
            group = "value" if "value" in expression.groupindex else 0
            for match in expression.finditer(text):
                yield Span(*match.span(group), self.kind)


def patterns(kind: str, *expressions: str) -> Patterns:
    """Return a recognizer; expressions ignore case and may be written with blanks (`re.X`)."""
    flags = re.IGNORECASE | re.VERBOSE
    return Patterns(kind, tuple(re.compile(expression, flags) for expression in expressions))


def merged(found: Iterable[Span], kinds: tuple[str, ...]) -> list[Span]:
    """Return spans that don't overlap and together cover everything that was found.

    Args:
        found: in any order; empty ones say nothing.
        kinds: of several kinds that overlap, the one that stands first here names the whole.
    """
    whole: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, span.end)):
        if whole and span.start < whole[-1].end:
            last = whole.pop()
            kind = min(last.kind, span.kind, key=kinds.index)
            whole.append(Span(last.start, max(last.end, span.end), kind))
        elif span.start < span.end:
            whole.append(span)
    return whole
