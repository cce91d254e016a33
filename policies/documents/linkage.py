"""Linkage in a dataset's file: by which columns two identifiers are known to be one person's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from policies.documents.base import Document, ProblemsError, Share, Text, Texts
from policies.documents.problems import suggested
from policies.reasons import Reason

if TYPE_CHECKING:
    from policies.documents.columns import ColumnDocument

Likeness = Literal["name", "date", "exact", "phone", "email"]
Key = Annotated[Texts, Field(min_length=1)]
IDENTIFYING = ("direct_identifier", "quasi_identifier", "sensitive", "insensitive")


class ComparedColumn(Document):
    """A column of both people, and what makes two of its values alike.

    Attributes:
        likeness: `name` forgives spelling and swapped names, `date` a wrong digit or part,
            `phone` and `email` a wrong character; `exact` forgives nothing.
    """

    column: Text
    likeness: Likeness = Field(alias="as")


class ProbabilisticLinkage(Document):
    """How probably two people are one.

    Attributes:
        compare: what is weighed; two columns `as: name` are a first and a last name, in turn.
        block_on: only people who agree on all columns of one of these lists are compared.
        match: from this probability on a pair is shown as one person; review: from this one on
            it is shown at all. Neither links anybody: an officer does.
    """

    compare: Annotated[tuple[ComparedColumn, ...], Field(min_length=2)]
    block_on: Annotated[tuple[Key, ...], Field(min_length=1)]
    match: Share = 0.99
    review: Share = 0.8

    @model_validator(mode="after")
    def _check(self) -> ProbabilisticLinkage:
        if self.match < self.review:
            raise ProblemsError(Reason("linkage-match-below-review", {"path": "match"}))
        names = [one.column for one in self.compare]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ProblemsError(Reason("named-twice", {"path": "compare", "value": doubled[0]}))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return every column that is compared or blocked on, each once."""
        blocked = (name for key in self.block_on for name in key)
        return tuple(dict.fromkeys((*(one.column for one in self.compare), *blocked)))


class LinkageDocument(Document):
    """How people are recognized under several identifiers.

    Attributes:
        deterministic: keys; who agrees on all columns of one, every value known, is one person.
        probabilistic: None compares nobody.
    """

    deterministic: tuple[Key, ...] = ()
    probabilistic: ProbabilisticLinkage | None = None

    @model_validator(mode="after")
    def _check(self) -> LinkageDocument:
        if not self.deterministic and self.probabilistic is None:
            params = {"path": "", "allowed": "deterministic, probabilistic"}
            raise ProblemsError(Reason("linkage-empty", params))
        return self


def linkage_problems(
    linkage: LinkageDocument, columns: Mapping[str, ColumnDocument], unit: str | None
) -> Iterator[Reason]:
    """Yield columns that aren't there, or can't say who somebody is.

    Args:
        linkage: of a dataset.
        columns: of the same dataset.
        unit: the column of its privacy unit; None where nobody has one.
    """
    if unit is None:
        yield Reason("linkage-without-person", {"path": "linkage"})
    for path, name in _named(linkage):
        column = columns.get(name)
        if column is None:
            like = suggested(name, tuple(columns))
            yield Reason("unknown-column", {"path": path, "column": name, **like})
        elif name == unit or column.role not in IDENTIFYING or column.multiple is not None:
            yield Reason("linkage-column-unusable", {"path": path, "column": name})
    for number, one in enumerate(_compared(linkage)):
        column, path = columns.get(one.column), f"linkage.probabilistic.compare[{number}]"
        if column is not None and not _fits(one.likeness, column):
            params = {"path": path, "column": one.column, "as": one.likeness}
            yield Reason("linkage-as-not-for-type", {**params, "type": column.type})


def _fits(likeness: Likeness, column: ColumnDocument) -> bool:
    if likeness == "exact":
        return True
    return column.type in (("date", "timestamp") if likeness == "date" else ("string",))


def _compared(linkage: LinkageDocument) -> tuple[ComparedColumn, ...]:
    return () if linkage.probabilistic is None else linkage.probabilistic.compare


def _named(linkage: LinkageDocument) -> Iterator[tuple[str, str]]:
    for number, key in enumerate(linkage.deterministic):
        yield from ((f"linkage.deterministic[{number}]", name) for name in key)
    for number, one in enumerate(_compared(linkage)):
        yield f"linkage.probabilistic.compare[{number}]", one.column
    blocks = () if linkage.probabilistic is None else linkage.probabilistic.block_on
    for number, key in enumerate(blocks):
        yield from ((f"linkage.probabilistic.block_on[{number}]", name) for name in key)
