"""A recipe file: how the columns of a contributor's file become those of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from policies.documents.base import (
    Count,
    Document,
    Flag,
    Kebab,
    Language,
    ProblemsError,
    Text,
    Texts,
    Translated,
    Whole,
    check_exactly_one,
    raise_any,
    read_exact,
)
from policies.documents.reading import Source, read_document, read_mapping
from policies.reasons import Reason

DateOrder = Literal["year-month-day", "day-month-year", "month-day-year"]
DecimalMark = Literal["point", "comma"]
SOURCES = ("source", "join", "flags", "constant", "age")


def _read_text(value: Any) -> Any:
    """Return a number of the file as the text it stands for; what YAML took for a truth is refused.

    YAML reads `no` and `yes` as truths and `1` as a number; a table of codes means the words.
    """
    if isinstance(value, bool):
        raise ProblemsError(Reason("quote-this-word", {"path": ""}))
    if isinstance(value, int | float | Decimal):
        return str(read_exact(value))
    return value


def _read_table(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {_read_text(key): _read_text(entry) for key, entry in value.items()}


def _with_key(value: Any, word: str) -> Any:
    """Return a mapping with the key that YAML reads as a truth: `on:` and `yes:` without quotes."""
    if not isinstance(value, Mapping):
        return value
    return {word if key is True else key: entry for key, entry in value.items()}


def _read_texts(value: Any) -> Any:
    return tuple(map(_read_text, value)) if isinstance(value, list | tuple) else value


Exact = Annotated[int | Decimal, BeforeValidator(read_exact)]
Words = Annotated[Texts, BeforeValidator(_read_texts)]
Word = Annotated[Text, BeforeValidator(_read_text)]
CodeTable = Annotated[Mapping[Text, Text | None], BeforeValidator(_read_table)]


class FileLayout(Document):
    """How the file is laid out and written.

    Attributes:
        sheet: of a workbook; None where it has one that holds anything.
        header_row: the row with the columns' names, from 1 on; None is found.
        delimiter: of delimited text; None is detected.
        language: of headers and values, for words like months and yes.
        dates: in which order a date of three numbers stands; None takes ISO dates alone.
        two_digit_years_from: the first of the hundred years that two digits can mean: 1930, as
            spreadsheets have it, reads 29 as 2029 and 30 as 1930.
        numbers: which mark stands before decimals; the other one, blanks and apostrophes may
            group thousands.
        missing: values that mean that nothing is known (`-99`, `N/D`), in every column.
        totals: words in the first filled cell of rows that are sums, not records.
    """

    sheet: Text | None = None
    header_row: Count | None = None
    delimiter: Annotated[str, Field(strict=True, min_length=1, max_length=1)] | None = None
    language: Language | None = None
    dates: DateOrder | None = None
    two_digit_years_from: Annotated[Whole, Field(ge=1800, le=2000)] = 1930
    numbers: DecimalMark = "point"
    missing: Words = ()
    totals: Words = ()


class AgeRule(Document):
    """Age in whole years from a day of birth to another day; both are columns of the file."""

    birth: Text
    on: Text

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return _with_key(value, "on")


class LevelRule(Document):
    """A value from `start` on (as a number) becomes this code, up to the next start."""

    start: Exact = Field(alias="from")
    code: Word


class RecipeColumn(Document):
    """How one declared column is made: from exactly one of `SOURCES`, changed in this order.

    source → part → missing → dates or numbers → times → levels → codes.

    A word for nothing known is one before it is taken apart, too (`N/D` has no parts). A word
    that is no date or number is looked for in `codes` as it came. Days and numbers are read where
    the declared column holds such, or where the rule says how.

    Attributes:
        source: `from` in the file: the name of the file's column.
        join: columns whose texts are joined by `separator` (a blank where none is given). Empty
            ones are left out; of an identifier, a day or a number nothing is left then.
        flags: columns that say yes to a code each: `{Deudas: DebtBondage}`. A word that means
            neither yes nor no is looked for in `codes`.
        constant: the same text in every record.
        age: whole years between two columns of days.
        separator: what stands between parts, or between the several codes of a cell.
        part: which part of the text, from 1 on; negative ones count from the end.
        rest: whether everything from `part` on is taken.
        yes: words that mean yes in `flags`, besides those that always do.
        codes: what each word of the file means; null for nothing known.
        otherwise: the code for words that `codes` and the dataset don't know; without it they are
            for the contributor to decide.
        dates, numbers, missing: as in `FileLayout`, for this column alone.
        times: what numbers are multiplied by (units): `0.01` for cents.
        levels: codes of ranges of numbers, ascending.
    """

    source: Text | None = Field(default=None, alias="from")
    join: Annotated[Texts, Field(min_length=1)] | None = None
    flags: Annotated[CodeTable, Field(min_length=1)] | None = None
    constant: Word | None = None
    age: AgeRule | None = None
    separator: Annotated[str, Field(strict=True, min_length=1, max_length=8)] | None = None
    part: Whole | None = None
    rest: Flag = False
    yes: Words = ()
    codes: CodeTable = Field(default_factory=dict)
    otherwise: Word | None = None
    dates: DateOrder | None = None
    numbers: DecimalMark | None = None
    times: Exact | None = None
    levels: Annotated[tuple[LevelRule, ...], Field(min_length=1)] | None = None
    missing: Words = ()

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else _with_key(value, "yes")

    @model_validator(mode="after")
    def _check(self) -> RecipeColumn:
        check_exactly_one(self, SOURCES)
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        if self.part == 0:
            yield Reason("part-from-one", {"path": "part"})
        if self.part is not None and (self.source is None or self.separator is None):
            yield Reason("key-needs-key", {"path": "part", "key": "part", "other": "separator"})
        if self.rest and self.part is None:
            yield Reason("key-needs-key", {"path": "rest", "key": "rest", "other": "part"})
        if self.yes and self.flags is None:
            yield Reason("key-needs-key", {"path": "yes", "key": "yes", "other": "flags"})
        starts = [level.start for level in self.levels or ()]
        if starts != sorted(set(starts)):
            yield Reason("levels-not-ascending", {"path": "levels"})

    @property
    def reads(self) -> tuple[str, ...]:
        """The file's columns that this one is made of, each once."""
        ages = () if self.age is None else (self.age.birth, self.age.on)
        single = () if self.source is None else (self.source,)
        return tuple(dict.fromkeys((*single, *(self.join or ()), *(self.flags or ()), *ages)))


class RecipeDocument(Document):
    """A saved mapping from the shape of a contributor's file to a dataset.

    Attributes:
        recipe: its name, the contributor's own.
        dataset: what it maps to; `dataset_version`: of its schema.
        file: how the file is written.
        columns: by declared column, how it is made; what isn't named stays empty.
        ignore: columns of the file that are left out on purpose.
    """

    recipe: Kebab
    dataset: Kebab
    dataset_version: Count = 1
    title: Translated = Field(default_factory=dict)
    file: FileLayout = Field(default_factory=FileLayout)
    columns: Annotated[Mapping[Text, RecipeColumn], Field(min_length=1)]
    ignore: Texts = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The file's columns that records are made of, each once."""
        return tuple(dict.fromkeys(name for made in self.columns.values() for name in made.reads))


def parse_recipe(source: Source) -> RecipeDocument:
    """Return the recipe that a file holds.

    Raises:
        DocumentError: all problems of the file at once.
    """
    return read_document(RecipeDocument, read_mapping(source))
