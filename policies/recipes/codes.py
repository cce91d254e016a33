"""Codes: the words of a file, found in the recipe's table, then among the dataset's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from anonymizers.ladders.catalogue import place_ladder
from policies.plans import ConsentLevel
from policies.recipes.folding import fold_word
from policies.recipes.values import Made
from policies.recipes.words import NO, YES, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policies.documents import ColumnDocument

Meaning = TypeVar("Meaning")
CODED_PLACES = ("us-state", "country")  # places so few that unknown ones are for deciding about


class Folded(Generic[Meaning]):
    """A table of words: an exact spelling first, then one without capitals and accents.

    Words of the table that fold into one another with different meanings are found by their
    exact spelling alone: which of them another spelling means, nobody said.
    """

    def __init__(self, table: Mapping[str, Meaning]) -> None:
        """Take a table of words and what they mean."""
        self._exact = dict(table)
        self._folded: dict[str, Meaning] = {}
        unclear = set()
        for word, meaning in table.items():
            folded = fold_word(word)
            if self._folded.setdefault(folded, meaning) != meaning:
                unclear.add(folded)
        for folded in unclear:
            del self._folded[folded]

    def find(self, word: str) -> tuple[Meaning, ...]:
        """Return the meaning alone in a tuple; an empty one for an unknown word."""
        if not self._exact:
            return ()
        if word in self._exact:
            return (self._exact[word],)
        folded = fold_word(word)
        return (self._folded[folded],) if folded in self._folded else ()


class WordSet:
    """Words, in whatever spelling."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words."""
        self.folded = frozenset(map(fold_word, words))

    def __contains__(self, word: str) -> bool:
        """Answer whether it is one of them."""
        return bool(self.folded) and fold_word(word) in self.folded


@dataclass(frozen=True)
class CodeBook:
    """What the words of one column mean.

    Attributes:
        table: the recipe's; a None is nothing known.
        own: finds what the dataset itself expects there; None where it expects anything.
        otherwise: the code for words that neither knows.
    """

    table: Folded[str | None]
    own: Callable[[str], tuple[str, ...]] | None
    otherwise: str | None = None

    def from_table(self, word: str) -> Made | None:
        """Return what the recipe's table makes of a word; None where it isn't there."""
        found = self.table.find(word)
        return Made(found[0]) if found else None

    def read(self, word: str) -> Made:
        """Return the code that a word means.

        An unknown one stays as it is: where the dataset lists its values, with the word as
        unmapped; elsewhere as a value like any other.
        """
        known = self.from_table(word)
        if known is not None:
            return known
        found = (word,) if self.own is None and self.otherwise is None else self._own(word)
        if found:
            return Made(found[0])
        return Made(word, unmapped=(word,)) if self.otherwise is None else Made(self.otherwise)

    def read_listed(self, word: str) -> Made:
        """Return the code of a word that means nothing unless it is known."""
        known = self.from_table(word) or Made(None, "unmapped-code", (word,))
        return Made(self.otherwise) if known.problem and self.otherwise is not None else known

    def _own(self, word: str) -> tuple[str, ...]:
        return self.own(word) if self.own is not None else ()


def own_codes(
    column: ColumnDocument, language: str | None
) -> Callable[[str], tuple[str, ...]] | None:
    """Return what finds a dataset's own values of a column; None where anything may stand there.

    Args:
        column: its declaration.
        language: of words like yes and no.
    """
    if column.role == "consent":
        return Folded({level: level for level in get_args(ConsentLevel)}).find
    if column.codes is not None:
        return Folded({code: code for code in column.codes}).find
    if column.type == "boolean":
        yes, no = words_of(YES, language), words_of(NO, language)
        return Folded({**dict.fromkeys(no, "false"), **dict.fromkeys(yes, "true")}).find
    if column.ladder in CODED_PLACES:
        knows = place_ladder(column.ladder).knows
        return lambda word: (word,) if knows(word) else ()
    return None
