"""Rules: how a file's column becomes the declared one that it was matched with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policies.reasons import Reason
from policies.recipes.folding import fold_word
from policies.recipes.kinds import SEPARATORS, date_orders, number_of
from policies.recipes.matching import split
from policies.recipes.vocabulary import is_same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents import ColumnDocument
    from policies.documents.recipe import FileLayout
    from policies.recipes.kinds import Kinds
    from policies.recipes.matching import Wanted
    from policies.recipes.vocabulary import Vocabulary

_MOST_TEXT = 200  # characters of a word worth deciding about
_MOST_UNDECIDED = 100


@dataclass(frozen=True)
class UndecidedCode:
    """A word of the file that means no code for sure. It is a value: for the contributor alone.

    Attributes:
        count: rows in which it stands.
        nearest: the code that looks most like it; None where nothing does.
        confidence: how much, from 0 to 1.
    """

    column: str
    word: str
    count: int
    nearest: str | None
    confidence: float


@dataclass(frozen=True)
class DraftedRule:
    """What a rule says besides where it reads.

    Attributes:
        keys: of `RecipeColumn`.
    """

    keys: Mapping[str, Any]
    undecided: tuple[UndecidedCode, ...] = ()
    questions: tuple[Reason, ...] = ()


def draft_rule(kind: Kinds, wanted: Wanted, layout: FileLayout) -> DraftedRule:
    """Return how one column is read: its separator, its codes, its own words for nothing."""
    keys: dict[str, Any] = {}
    missing = _own_missing(kind, wanted)
    if missing:
        keys["missing"] = missing
    if wanted.column.type in ("date", "timestamp"):
        return DraftedRule({**keys, **_own_dates(kind, layout)})
    if wanted.vocabulary is None:
        return DraftedRule(keys)
    mark = _separator(kind, wanted.vocabulary) if wanted.column.multiple else None
    if mark is not None:
        keys["separator"] = mark
    words = _words(kind, mark)
    nothing = {*layout.missing, *missing}
    known = {word: count for word, count in words.items() if word not in nothing}
    return _coded(known, wanted, wanted.vocabulary.settle(known), keys)


def _coded(
    words: Mapping[str, int], wanted: Wanted, vocabulary: Vocabulary, keys: dict[str, Any]
) -> DraftedRule:
    codes: dict[str, str] = {}
    unknown: dict[str, int] = {}
    for word, count in words.items():
        code = vocabulary.code(word)
        if code is None:
            unknown[word] = count
        elif not is_same(word, code):
            codes[word] = code
    if codes:
        keys["codes"] = codes
    questions = []
    if unknown and wanted.column.role == "consent":
        questions.append(Reason("draft-decide-consent", {"column": wanted.name}))
    undecided = _undecided(unknown, wanted, vocabulary)
    return DraftedRule(keys, undecided[:_MOST_UNDECIDED], tuple(questions))


def _undecided(
    words: Mapping[str, int], wanted: Wanted, vocabulary: Vocabulary
) -> tuple[UndecidedCode, ...]:
    """Return what is to be decided: each word once, in its most frequent spelling."""
    spelled: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-words[word], word)):
        spelled.setdefault(fold_word(word), []).append(word)
    found = []
    for first, *others in spelled.values():
        near, sure = vocabulary.nearest(first)
        if wanted.column.role == "consent":
            near, sure = None, 0.0
        count = sum(words[word] for word in (first, *others))
        found.append(UndecidedCode(wanted.name, first, count, near, sure))
    return tuple(found)


def _words(kind: Kinds, mark: str | None) -> dict[str, int]:
    words: dict[str, int] = {}
    for text, count in sorted(kind.said.items()):
        for part in split(text, mark) if mark else [text]:
            if len(part) <= _MOST_TEXT:
                words[part] = words.get(part, 0) + count
    return words


def _separator(kind: Kinds, vocabulary: Vocabulary) -> str | None:
    """Return the mark by which most cells come apart into codes; None where none does."""
    best, most = None, 0
    for mark in SEPARATORS:
        known = sum(
            count
            for text, count in kind.values.items()
            if mark in text and vocabulary.code(text) is None
            for part in split(text, mark)
            if vocabulary.code(part)
        )
        if known > most:
            best, most = mark, known
    return best


def _own_missing(kind: Kinds, wanted: Wanted) -> tuple[str, ...]:
    """Return numbers for nothing known, where they can't be values of the column."""
    numbers = [text for text in kind.missing if number_of(text) is not None]
    return tuple(text for text in numbers if not _may_be_value(text, wanted.column))


def _may_be_value(text: str, column: ColumnDocument) -> bool:
    if column.codes is not None:
        return text in column.codes
    if column.type not in ("integer", "decimal"):
        return False
    number = number_of(text) or 0.0
    ends = [float(bound) for bound in column.bounds or () if isinstance(bound, int)]
    return not ends or min(ends) <= number <= max(ends)


def _own_dates(kind: Kinds, layout: FileLayout) -> dict[str, Any]:
    """Return the order of dates where all of this column stand in another than the file's."""
    own = [order for order in date_orders(kind.values) if order != "year-month-day"]
    differs = len(own) == 1 and own[0] != layout.dates
    return {"dates": own[0]} if differs else {}
