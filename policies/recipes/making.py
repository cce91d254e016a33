"""Makers: a recipe bound to its dataset, ready to make each declared column.

A maker works in two steps, so that each distinct text of a file is read once, and each distinct
combination of what they were read as is put together once: a million rows of two dates are a few
thousand days, and a subtraction for each pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policies.consent import LEVELS, consent_level, stated_level
from policies.recipes.ages import made_age
from policies.recipes.chains import Chain, chain_of, date_reader, joined
from policies.recipes.codes import CodeBook, Folded, WordSet
from policies.recipes.folding import fold_word
from policies.recipes.numbers import USUAL, Usual
from policies.recipes.values import NOTHING, Made
from policies.recipes.words import NO, YES, words_of

if TYPE_CHECKING:
    from policies.documents import (
        ColumnDocument,
        DatasetDocument,
        FileLayout,
        RecipeColumn,
        RecipeDocument,
    )
    from policies.documents.recipe import AgeRule

_CONTROLS = ("consent", "consent_end", "funding")
Reader = Callable[[str | None], Made]


@dataclass(frozen=True)
class Maker:
    """Makes one declared column from columns of the file.

    Attributes:
        name: of the declared column.
        reads: columns of the file; none for a constant.
        readers: of each of them, from a text to what the rule takes from it.
        put_together: from what was read in one row to the cell.
        copies: whether every text that isn't a word for nothing stays as it is.
        usual: texts that can be rewritten at once, where they aren't words for nothing.
        missing: those words, folded.
        counts_years: whether all pairs of days that are as many whole years apart become the same.

    The last four say how an engine may take a short cut; `make` is what they must come to.
    """

    name: str
    reads: tuple[str, ...]
    readers: tuple[Reader, ...]
    put_together: Callable[..., Made]
    copies: bool = False
    usual: Usual | None = None
    missing: frozenset[str] = frozenset()
    counts_years: bool = False

    def make(self, *texts: str | None) -> Made:
        """Return what becomes of one row's texts, in the order of `reads`."""
        parts = (read(text) for read, text in zip(self.readers, texts, strict=True))
        return self.put_together(*parts)


def makers_of(recipe: RecipeDocument, dataset: DatasetDocument) -> tuple[Maker, ...]:
    """Return a maker for each declared column that the recipe names.

    Args:
        recipe: without errors of lint (`policies.lint.recipes`).
        dataset: the version that the recipe is for.
    """
    return tuple(
        _careful(_maker(name, recipe.columns[name], column, recipe.file), column)
        for name, column in dataset.columns.items()
        if name in recipe.columns
    )


def _careful(maker: Maker, column: ColumnDocument) -> Maker:
    """Let no recipe raise, or lose, a level of consent that the file itself names."""
    if column.role != "consent":
        return maker
    return replace(maker, readers=tuple(map(_as_said, maker.readers)))


def _as_said(read: Reader) -> Reader:
    def careful(text: str | None) -> Made:
        made, said = read(text), fold_word(text or "")
        if said not in LEVELS:
            return made
        level = stated_level(made.text)
        low = level is not None and LEVELS.index(level) <= LEVELS.index(consent_level(said))
        return made if low else Made(said)

    return careful


def _maker(name: str, rule: RecipeColumn, column: ColumnDocument, layout: FileLayout) -> Maker:
    if rule.age is not None:
        return _ages(name, rule, rule.age, chain_of(rule, column, layout), layout)
    if rule.flags is not None:
        return _flags(name, rule, column, layout)
    chain = chain_of(rule, column, layout)
    if rule.constant is not None:
        made = Made(rule.constant)
        return Maker(name, (), (), lambda: made)
    if rule.join is not None:
        return _joins(name, rule, chain)
    short_cuts = (_copies(rule, chain), _usual(rule, chain), chain.missing.folded)
    return Maker(name, rule.reads, (chain.make,), _as_it_is, *short_cuts)


def _usual(rule: RecipeColumn, chain: Chain) -> Usual | None:
    """Return what numbers look like that need nothing but another decimal mark."""
    changes = rule.codes or rule.part is not None or rule.times is not None or rule.levels
    number = chain.numbers if not changes and chain.dates is None and not chain.apart else None
    expects = chain.codes.own is not None or rule.otherwise is not None
    return None if number is None or expects else USUAL[number.mark]


def _as_it_is(made: Made) -> Made:
    return made


def _copies(rule: RecipeColumn, chain: Chain) -> bool:
    changes = rule.codes or rule.part is not None or rule.otherwise or chain.apart
    reads = chain.dates or chain.numbers or chain.codes.own
    return not changes and not reads and chain.column.role not in _CONTROLS


def _joins(name: str, rule: RecipeColumn, chain: Chain) -> Maker:
    """Join texts. A missing one is left out, but where all are needed to say anything.

    An identifier without one of its parts would be another's; a day without its month is none.
    """
    needs_all = (
        chain.column.role == "direct_identifier"
        or chain.dates is not None
        or chain.numbers is not None
    )
    mark = " " if rule.separator is None else rule.separator

    def read(text: str | None) -> Made:
        bare = (text or "").strip()
        return NOTHING if not bare or bare in chain.missing else Made(bare)

    def put_together(*parts: Made) -> Made:
        texts = [part.text for part in parts if part.text is not None]
        return NOTHING if needs_all and len(texts) < len(parts) else chain.make(mark.join(texts))

    return Maker(name, rule.reads, (read,) * len(rule.reads), put_together)


def _flags(name: str, rule: RecipeColumn, column: ColumnDocument, layout: FileLayout) -> Maker:
    """Make codes of columns that say yes or no.

    A word that is neither is found in the rule's table, or is for the contributor to decide.
    """
    yes = WordSet((*words_of(YES, layout.language), *rule.yes))
    no = WordSet(words_of(NO, layout.language))
    missing = WordSet((*layout.missing, *rule.missing))
    book = CodeBook(Folded(rule.codes), None)

    def reader(code: str | None) -> Reader:
        said = Made(code)

        def read(text: str | None) -> Made:
            bare = (text or "").strip()
            if not bare or bare in missing:
                return NOTHING
            if bare in yes:
                return said
            return NOTHING if bare in no else book.from_table(bare) or _unclear(bare)

        return read

    flags, mark = rule.flags or {}, column.multiple or ";"
    readers = tuple(map(reader, flags.values()))
    return Maker(name, rule.reads, readers, lambda *parts: joined(parts, mark))


def _unclear(word: str) -> Made:
    return Made(None, "unmapped-code", (word,))


def _ages(name: str, rule: RecipeColumn, age: AgeRule, chain: Chain, layout: FileLayout) -> Maker:
    days = date_reader(rule, chain.column, layout)

    def read(text: str | None) -> Made:
        bare = (text or "").strip()
        if not bare or bare in chain.missing:
            return NOTHING
        return days.read(bare)

    def put_together(birth: Made, on: Made) -> Made:
        made = made_age(birth, on)
        return made if made.text is None else chain.make(made.text)

    days_apart = (age.birth, age.on)
    return Maker(name, days_apart, (read, read), put_together, counts_years=True)
