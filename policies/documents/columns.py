"""One column of a dataset file: its type, its role, and what may be said of its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from policies.documents.base import (
    Document,
    Kebab,
    ProblemsError,
    Text,
    Texts,
    Timezone,
    Translated,
    Whole,
    raise_any,
    read_date,
    read_exact,
    read_whole,
)
from policies.documents.column_checks import column_problems
from policies.reasons import Reason

ColumnType = Literal["string", "integer", "decimal", "date", "timestamp", "boolean", "point"]
Role = Literal[
    "direct_identifier",
    "quasi_identifier",
    "sensitive",
    "insensitive",
    "free_text",
    "consent",
    "consent_end",
    "funding",
    "share_with",
    "share_for",
]
Bound = int | Decimal | date
Width = int | Decimal

BOUND_READERS: Mapping[str, Callable[[Any], Bound]] = MappingProxyType(
    {"integer": read_whole, "decimal": read_exact, "date": read_date, "timestamp": read_date},
)


def _read_text(value: Any) -> Any:
    """Return a number or a date of the file as the text that it is released as."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(read_exact(value))
    return value.isoformat() if isinstance(value, date) else value


class ColumnDocument(Document):
    """What a column is.

    Attributes:
        domain: of a direct identifier: what its tokens are named after (`person`).
        normalize, region: how an identifier is written before its root is taken.
        ladder: built-in, or an own taxonomy of the dataset.
        bounds: first and last value, both included; what lies outside is `other`.
        widths: of the ladder `number`: widths of its bands, each a multiple of the one before.
        codes: the known values.
        says_nothing: values that don't count for l and t, besides those that never do: texts as
            they are released.
        multiple, max_codes: separator of several codes in a cell, and how many count.
        unit, scale: of an amount; `scale` is its digits after the point.
        timezone: where a timestamp becomes a date; None is the home's.
        restricted: `suspicious-activity` where a value tells of a suspicious-activity report: no
            financial institution may hand it over (31 USC 5318(g)(2)).
    """

    type: ColumnType
    role: Role
    domain: Kebab | None = None
    normalize: Literal["text", "e164"] | None = None
    region: Text | None = None
    ladder: Text | None = None
    bounds: tuple[Bound, ...] | None = None
    widths: Annotated[tuple[Width, ...], Field(min_length=1)] | None = None
    codes: Annotated[Texts, Field(min_length=1)] | None = None
    says_nothing: Texts = ()
    multiple: Text | None = None
    max_codes: Annotated[Whole, Field(ge=1)] | None = None
    unit: Text | None = None
    scale: Annotated[Whole, Field(ge=0, le=9)] | None = None
    timezone: Timezone | None = None
    restricted: Literal["suspicious-activity"] | None = None
    label: Translated = Field(default_factory=dict)

    @field_validator("bounds", mode="before")
    @classmethod
    def _read_bounds(cls, value: Any, info: ValidationInfo) -> Any:
        if "type" not in info.data:
            return None
        if not isinstance(value, list | tuple):
            return value
        reader = BOUND_READERS.get(info.data["type"])
        if reader is None:
            raise ProblemsError(Reason("bounds-not-for-type", {"path": ""}))
        if len(value) != len(("first", "last")):
            raise ProblemsError(Reason("bounds-not-a-pair", {"path": ""}))
        return tuple(reader(bound) for bound in value)

    @field_validator("widths", mode="before")
    @classmethod
    def _read_widths(cls, value: Any) -> Any:
        return tuple(map(read_exact, value)) if isinstance(value, list | tuple) else value

    @field_validator("says_nothing", mode="before")
    @classmethod
    def _read_says_nothing(cls, value: Any) -> Any:
        return tuple(map(_read_text, value)) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _check(self) -> ColumnDocument:
        raise_any(column_problems(self))
        return self

    @property
    def ladder_name(self) -> str | None:
        """The ladder of the column: the declared one, or `codes` where codes are listed."""
        return self.ladder or ("codes" if self.codes else None)

    @property
    def normalization(self) -> Literal["text", "e164"]:
        """How its identifiers are normalized; `text` unless the file says otherwise."""
        return self.normalize or "text"
