"""A chain: the changes that one text goes through on its way to a declared column."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from policies.consent import is_restricted
from policies.recipes.ages import spoken_age
from policies.recipes.codes import CodeBook, Folded, WordSet, own_codes
from policies.recipes.dates import DateReader
from policies.recipes.numbers import NumberReader
from policies.recipes.values import NOTHING, Made
from policies.recipes.words import words_for_nobody

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.documents import ColumnDocument, FileLayout, RecipeColumn
    from policies.documents.recipe import LevelRule

NUMBERS, DAYS = ("integer", "decimal"), ("date", "timestamp")
UNREADABLE = "?"
"""Stands for what can't be read of a consent or its end: no level, and no day. So the consent
counts as none, and the end as come, where an empty cell would say nothing at all."""


@dataclass(frozen=True)
class Chain:
    """Part, missing, date or number, times, levels, codes: what a rule says, in this order.

    Attributes:
        rule, column: the recipe's rule and the declared column that it makes.
        missing: words for nothing known.
        dates, numbers: at most one of them; None where texts stay texts.
        codes: the table and the dataset's own words.
        apart: what stands between several codes in a cell; None where a cell holds one.
    """

    rule: RecipeColumn
    column: ColumnDocument
    missing: WordSet
    dates: DateReader | None
    numbers: NumberReader | None
    codes: CodeBook
    apart: str | None

    def make(self, text: str | None) -> Made:
        """Return what becomes of a text; None and blanks are nothing."""
        made = self._make(text)
        if self.column.role in ("consent", "consent_end"):
            return _never_lost(made)
        hides = self.column.role == "funding" and is_restricted(text)
        # Whatever a table says: a grant that forbids handing over stays visible to the door.
        return Made(text) if hides and not is_restricted(made.text) else made

    def _make(self, text: str | None) -> Made:
        bare = (text or "").strip()
        if not bare or bare in self.missing:
            return NOTHING
        picked = self._picked(bare)
        if picked is bare and self.apart is None:
            return self._known(bare)
        words = [picked] if self.apart is None else picked.split(self.apart)
        several = [self._one(word.strip()) for word in words]
        return several[0] if self.apart is None else joined(several, self._mark)

    @property
    def _mark(self) -> str:
        return self.column.multiple or str(self.apart)

    def _picked(self, text: str) -> str:
        """Return the part of a text that the rule names, '' where it has fewer."""
        part, separator = self.rule.part, self.rule.separator
        if part is None or separator is None:
            return text
        pieces = text.split(separator) if separator.strip() else text.split()
        parts = [one.strip() for one in pieces]
        start = part - 1 if part > 0 else len(parts) + part
        if not 0 <= start < len(parts):
            return ""
        return separator.join(parts[start:]) if self.rule.rest else parts[start]

    def _one(self, text: str) -> Made:
        return NOTHING if not text or text in self.missing else self._known(text)

    def _known(self, text: str) -> Made:
        """Return what becomes of a word that isn't one for nothing known."""
        made = self._converted(text)
        if made.problem or made.text is None:
            # `más de 90` among numbers, `sin fecha` among dates: the table may know the word.
            return self.codes.from_table(text) or made
        known = self.codes.read(made.text)
        return known._replace(decisive=True) if made.decisive else known

    def _converted(self, text: str) -> Made:
        if self.dates is not None:
            return self.dates.read(text)
        if self.numbers is None:
            return Made(text)
        made = self.numbers.read(text)
        if made.problem and self.column.ladder == "age":
            made = Made(age) if (age := spoken_age(text)) is not None else made
        if made.text is None or self.rule.levels is None:
            return made
        level = _level(self.rule.levels, Decimal(made.text))
        return self.codes.read_listed(made.text) if level is None else Made(level)


def _never_lost(made: Made) -> Made:
    return Made(UNREADABLE, unmapped=made.unmapped) if made.problem else made


def _level(levels: tuple[LevelRule, ...], number: Decimal) -> str | None:
    reached = [level.code for level in levels if level.start <= number]
    return reached[-1] if reached else None


def joined(several: Iterable[Made], mark: str) -> Made:
    """Return the codes of several words in one cell, each once; nothing where none is there.

    A word with a problem takes none of the others away.
    """
    made = tuple(several)
    problem = next((one.problem for one in made if one.problem), "")
    unmapped = tuple(dict.fromkeys(word for one in made for word in one.unmapped))
    texts = dict.fromkeys(one.text for one in made if one.text)
    return Made(mark.join(texts) or None, problem, unmapped)


def chain_of(rule: RecipeColumn, column: ColumnDocument, layout: FileLayout) -> Chain:
    """Return the chain of a rule.

    Args:
        rule: of the recipe.
        column: that it makes.
        layout: of the file, whose dates, numbers and missing values count where the rule has
            none of its own; missing ones of both count.
    """
    nobody = words_for_nobody(layout.language) if column.role == "direct_identifier" else ()
    table = Folded({key: None if code is None else str(code) for key, code in rule.codes.items()})
    apart = rule.separator if rule.source is not None and rule.part is None else None
    return Chain(
        rule,
        column,
        WordSet((*layout.missing, *rule.missing, *nobody)),
        _dates(rule, column, layout),
        _numbers(rule, column, layout),
        CodeBook(table, own_codes(column, layout.language), rule.otherwise),
        apart or column.multiple,
    )


def date_reader(rule: RecipeColumn, column: ColumnDocument, layout: FileLayout) -> DateReader:
    """Return what reads the days of a rule."""
    order, first_year = rule.dates or layout.dates, layout.two_digit_years_from
    return DateReader(order, layout.language, first_year, column.type == "timestamp")


def _dates(rule: RecipeColumn, column: ColumnDocument, layout: FileLayout) -> DateReader | None:
    asked = column.type in DAYS or column.role == "consent_end" or rule.dates is not None
    return date_reader(rule, column, layout) if asked else None


def _numbers(rule: RecipeColumn, column: ColumnDocument, layout: FileLayout) -> NumberReader | None:
    says = rule.numbers is not None or rule.times is not None or rule.levels is not None
    if not says and (column.type not in NUMBERS or column.role == "direct_identifier"):
        return None
    times = Decimal(1) if rule.times is None else Decimal(rule.times)
    unit = None if rule.levels else column.unit
    return NumberReader(rule.numbers or layout.numbers, times, unit)
