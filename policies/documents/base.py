"""What every document of Weir shares: strict frozen models, and the types its fields use."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from policies.reasons import Reason

PartnerClass = Literal["ngo", "government", "financial", "public"]

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class ProblemsError(ValueError):
    """Problems that a validator found; their paths are relative to where it stands."""

    def __init__(self, *reasons: Reason) -> None:
        """Carry at least one reason through pydantic."""
        super().__init__(", ".join(reason.rule for reason in reasons))
        self.reasons = reasons


class DocumentError(ValueError):
    """A file can't be used; `problems` says everything that is wrong with it.

    Attributes:
        problems: at least one reason; each names the `path` inside the file.
    """

    def __init__(self, problems: tuple[Reason, ...]) -> None:
        """Keep the problems for whoever renders them."""
        super().__init__("; ".join(f"{p.rule} {dict(p.params)}" for p in problems))
        self.problems = problems


class Document(BaseModel):
    """A part of a file: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=False)

    def short_form(self) -> int | float | None:
        """Return the bare number that files write instead of these keys; None where there is none.

        The two are one document, so both must have one canonical form.
        """
        return None


def raise_any(reasons: Iterable[Reason]) -> None:
    """Raise ProblemsError when there is a reason at all."""
    found = tuple(reasons)
    if found:
        raise ProblemsError(*found)


def _check_kebab(value: str) -> str:
    if not KEBAB.fullmatch(value):
        raise ProblemsError(Reason("not-kebab-case", {"path": "", "value": value[:80]}))
    return value


def _check_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ProblemsError(Reason("unknown-timezone", {"path": "", "value": value[:80]})) from None
    return value


def read_date(value: Any) -> date:
    """Return a plain date from YAML's date or `2026-12-31`; raises ProblemsError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ProblemsError(Reason("not-a-date", {"path": "", "value": str(value)[:80]}))


def read_whole(value: Any) -> int:
    """Return a whole number; raises ProblemsError, for `true` and `1.5` too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ProblemsError(Reason("expected-whole-number", {"path": ""}))


def read_exact(value: Any) -> int | Decimal:
    """Return the decimal number as written, never its binary neighbour; raises ProblemsError."""
    if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
        with suppress(InvalidOperation):
            exact = Decimal(str(value))
            if exact.is_finite():
                return int(exact) if exact == exact.to_integral_value() else exact
    raise ProblemsError(Reason("expected-number", {"path": ""}))


def _check_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ProblemsError(Reason("expected-number", {"path": ""}))
    return value


def check_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values as they are; raises ProblemsError where one stands twice."""
    doubled = sorted({value for value in values if values.count(value) > 1})
    raise_any(Reason("named-twice", {"path": "", "value": value}) for value in doubled)
    return values


Text = Annotated[str, Field(strict=True, min_length=1, max_length=2000)]
Kebab = Annotated[
    str, Field(strict=True, min_length=1, max_length=63), AfterValidator(_check_kebab)
]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[Whole, Field(ge=1)]
Number = Annotated[float, BeforeValidator(_check_number), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Delta = Annotated[Number, Field(gt=0, lt=1)]
PlainDate = Annotated[date, BeforeValidator(read_date)]
Timezone = Annotated[str, Field(strict=True, min_length=1), AfterValidator(_check_zone)]
Texts = Annotated[tuple[Text, ...], AfterValidator(check_unique)]
Kebabs = Annotated[tuple[Kebab, ...], AfterValidator(check_unique)]
Classes = Annotated[tuple[PartnerClass, ...], AfterValidator(check_unique)]
Language = Annotated[str, Field(strict=True, pattern=r"^[a-z]{2}$")]
Translated = Mapping[Language, Text]


class Nothing(Document):
    """The empty mapping behind a bare word (`keep`, `count_people`)."""


def check_exactly_one(document: Document, allowed: Iterable[str]) -> str:
    """Return the one key of `allowed` that is set; raises ProblemsError otherwise."""
    names = tuple(allowed)
    chosen = [name for name in names if getattr(document, name) is not None]
    if len(chosen) != 1:
        raise ProblemsError(Reason("exactly-one-of", {"path": "", "allowed": ", ".join(names)}))
    return chosen[0]


class Choice(Document):
    """Exactly one of `choices`, each a field; a bare word (`keep`) stands for `{keep: {}}`."""

    choices: ClassVar[tuple[str, ...]]

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return {value: {}} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_exactly_one(self, self.choices)
        return self

    @property
    def chosen(self) -> str:
        """Which of them it is."""
        return check_exactly_one(self, self.choices)
