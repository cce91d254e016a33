"""A pack: the file that names the tables of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.client.errors import MeasureError
from gateway.client.measures import read_key, read_measure
from policies.documents.base import (
    Count,
    Document,
    Flag,
    Kebab,
    Positive,
    ProblemsError,
    Text,
    Translated,
    check_exactly_one,
    raise_any,
)
from policies.documents.reading import Source, read_document, read_mapping
from policies.reasons import Reason

PARAMETER = "$"
"""Stands before a parameter's name, where a table has a key."""

WAYS = ("epsilon", "rho", "half_width")


def _read_measure(value: Any) -> Any:
    try:
        return read_measure(value)
    except MeasureError:
        raise ProblemsError(
            Reason("pack-measure-unknown", {"path": "", "value": str(value)[:80]})
        ) from None


def _read_key(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(PARAMETER):
        return value
    try:
        return read_key(value)
    except MeasureError:
        raise ProblemsError(Reason("not-understood", {"path": ""})) from None


def _spell_out(value: Any) -> Any:
    """A bare text is the English one."""
    return {"en": value} if isinstance(value, str) else value


Measure = Annotated[str | Mapping[str, Any], BeforeValidator(_read_measure)]
Key = Annotated[str | Mapping[str, str], BeforeValidator(_read_key)]
Words = Annotated[Translated, BeforeValidator(_spell_out)]
Keys = tuple[Key, ...]


def _check_some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise ProblemsError(Reason("must-not-be-empty", {"path": ""}))
    return value


class ParameterDocument(Document):
    """A key that is named differently in every dataset.

    Attributes:
        any_of: tried in this order; the first whose column the dataset has is taken.
    """

    title: Words
    any_of: Annotated[Keys, AfterValidator(_check_some)]


class TableDocument(Document):
    """One table of a report.

    Attributes:
        marks: `rises` against the period before, or `patterns` beyond independence.
        last: how many whole periods up to the report's end are shown; all of them are in the CSV.
    """

    table: Kebab
    title: Words
    about: Words = Field(default_factory=dict)
    measures: Annotated[tuple[Measure, ...], AfterValidator(_check_some)] = ("count_people",)
    group_by: Keys = ()
    where: tuple[Text | Mapping[str, Any], ...] = ()
    totals: Flag = False
    marks: Literal["rises", "patterns"] | None = None
    last: Count | None = None

    @model_validator(mode="after")
    def _check(self) -> TableDocument:
        counts = self.measures in (("count_people",), ("count_records",))
        if self.marks and (self.totals or not counts):
            raise ProblemsError(Reason("pack-marks-need-counts", {"path": "marks"}))
        needed = 2
        if self.marks and len(self.group_by) < needed:
            raise ProblemsError(Reason("pack-marks-need-keys", {"path": "marks"}))
        return self


class PackDocument(Document):
    """A saved list of aggregates, asked as one batch.

    Attributes:
        dataset, purpose: where whoever runs it names no other.
        epsilon, rho, half_width: the price of all of it; exactly one.
    """

    pack: Kebab
    title: Words
    about: Words = Field(default_factory=dict)
    dataset: Text | None = None
    purpose: Text | None = None
    epsilon: Positive | None = None
    rho: Positive | None = None
    half_width: Positive | None = None
    parameters: Mapping[Text, ParameterDocument] = Field(default_factory=dict)
    tables: Annotated[tuple[TableDocument, ...], AfterValidator(_check_some)]

    @model_validator(mode="after")
    def _check(self) -> PackDocument:
        check_exactly_one(self, WAYS)
        names = [table.table for table in self.tables]
        raise_any(
            Reason("named-twice", {"path": "tables", "value": name})
            for name in sorted({name for name in names if names.count(name) > 1})
        )
        raise_any(
            Reason("pack-parameter-undeclared", {"path": "tables", "value": name})
            for name in sorted(_used(self.tables) - set(self.parameters))
        )
        return self


def _used(tables: tuple[TableDocument, ...]) -> set[str]:
    keys = [key for table in tables for key in table.group_by]
    return {key[len(PARAMETER) :] for key in keys if isinstance(key, str) and key[0] == PARAMETER}


def parse_pack(source: Source) -> PackDocument:
    """Return the pack that a file holds.

    Raises:
        DocumentError: with everything that is wrong with it.
    """
    return read_document(PackDocument, read_mapping(source))


def in_language(words: Mapping[str, str], language: str) -> str:
    """Return a text in a language, in English where there is no other, else whatever there is."""
    return words.get(language) or words.get("en") or next(iter(words.values()), "")
