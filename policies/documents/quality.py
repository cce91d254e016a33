"""Quality rules of a dataset file: what must hold in its records, beyond each cell by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from policies.documents.base import (
    ISO_DATE,
    Document,
    Flag,
    Kebab,
    Number,
    ProblemsError,
    Share,
    Text,
    Texts,
    Translated,
    Whole,
    check_exactly_one,
    raise_any,
    read_date,
    read_exact,
)
from policies.documents.recipe import Words
from policies.reasons import Reason

Severity = Literal["error", "warning"]
Period = Literal["week", "month", "quarter", "year"]
CHECKS = ("order", "requires", "complete", "unique", "between", "plausible", "consistent")
OF_WHOLE_FILES = ("complete", "plausible")
"""Checks that no single row breaks; so they warn, and refuse nothing."""

PAIR = 2


def _check_pair(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) != PAIR:
        raise ProblemsError(Reason("quality-not-a-pair", {"path": ""}))
    return value


def _read_limit(value: Any) -> Any:
    """Return a date or an exact number; numbers in quotes are what a canonical form holds."""
    dated = isinstance(value, date) or (isinstance(value, str) and ISO_DATE.fullmatch(value))
    return read_date(value) if dated else read_exact(value)


def _limit_problems(first: Any, last: Any) -> Iterator[Reason]:
    if isinstance(first, date) != isinstance(last, date):
        yield Reason("quality-limits-differ", {"path": ""})
    elif first > last:
        yield Reason("bounds-backwards", {"path": ""})


def _spell_out_on(value: Any) -> Any:
    """Return the mapping with `on` for the truth that YAML takes this word for."""
    if isinstance(value, Mapping) and True in value and "on" not in value:
        return {("on" if key is True else key): entry for key, entry in value.items()}
    return value


Limit = Annotated[int | Decimal | date, BeforeValidator(_read_limit)]


class ConditionDocument(Document):
    """What a cell holds: one of some values (of a list of codes: any of them), or something.

    Attributes:
        among: `in` the file: the values, as files write them.
        filled: true for any value, false for none.
    """

    column: Text
    among: Annotated[Words, Field(min_length=1)] | None = Field(default=None, alias="in")
    filled: Flag | None = None

    @model_validator(mode="after")
    def _check(self) -> ConditionDocument:
        if (self.among is None) == (self.filled is None):
            raise ProblemsError(Reason("exactly-one-of", {"path": "", "allowed": "in, filled"}))
        return self


class RequiresRule(Document):
    """Where one cell holds something, another must."""

    when: ConditionDocument
    then: ConditionDocument


class CompleteRule(Document):
    """At least this share of all records has a value."""

    column: Text
    at_least: Share


class BetweenRule(Document):
    """A value isn't before `first` nor beyond `last`; each is itself allowed, one may be absent."""

    column: Text
    first: Limit | None = Field(default=None, alias="from")
    last: Limit | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _check(self) -> BetweenRule:
        if self.first is None and self.last is None:
            raise ProblemsError(Reason("quality-without-limit", {"path": ""}))
        if self.first is not None and self.last is not None:
            raise_any(_limit_problems(self.first, self.last))
        return self


class PlausibleRule(Document):
    """No period has more than `at_most` times the median count of all, and none is left out."""

    column: Text
    by: Period
    at_most: Annotated[Number, Field(gt=1)]


class ConsistentRule(Document):
    """An age is that of the birth date on another day, give or take `within` years."""

    age: Text
    birth: Text
    on: Text
    within: Annotated[Whole, Field(ge=0)] = 1

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return _spell_out_on(value)


class QualityRule(Document):
    """A named rule with exactly one of `CHECKS`.

    Attributes:
        rule: its name in reports. title: what it means, in people's words.
        severity: `error` refuses the rows that break it; `warning` counts them.
        order: two columns of dates or of numbers; the first is never later or larger.
        unique: columns that together name a row once in a submission; empty cells are no name.
    """

    rule: Kebab
    severity: Severity
    title: Translated = Field(default_factory=dict)
    order: Annotated[Texts, AfterValidator(_check_pair)] | None = None
    requires: RequiresRule | None = None
    complete: CompleteRule | None = None
    unique: Annotated[Texts, Field(min_length=1)] | None = None
    between: BetweenRule | None = None
    plausible: PlausibleRule | None = None
    consistent: ConsistentRule | None = None

    @model_validator(mode="after")
    def _check(self) -> QualityRule:
        check_exactly_one(self, CHECKS)
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        if self.severity == "error" and self.check in OF_WHOLE_FILES:
            params = {"path": "severity", "check": self.check}
            yield Reason("quality-only-warns", params)

    @property
    def check(self) -> str:
        """Which of `CHECKS` it is."""
        return check_exactly_one(self, CHECKS)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at, each once."""
        return tuple(dict.fromkeys(name for _, name in self.named_columns()))

    def named_columns(self) -> Iterator[tuple[str, str]]:
        """Yield the place in the file and the name of each column."""
        for place, names in (("order", self.order), ("unique", self.unique)):
            yield from ((f"{place}[{number}]", name) for number, name in enumerate(names or ()))
        for one in ("complete", "between", "plausible"):
            if getattr(self, one) is not None:
                yield f"{one}.column", getattr(self, one).column
        if self.requires is not None:
            yield "requires.when.column", self.requires.when.column
            yield "requires.then.column", self.requires.then.column
        if self.consistent is not None:
            for key in ("age", "birth", "on"):
                yield f"consistent.{key}", getattr(self.consistent, key)
