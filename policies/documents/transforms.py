"""What a policy file says of a column that is changed rather than kept, dropped or coarsened.

Each rule knows the transform that it means for a column, and how to tell a partner of it.
Transforms are imported where they are made: reading a document needs no Arrow.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from policies.documents.base import (
    ISO_DATE,
    Document,
    Number,
    ProblemsError,
    Text,
    Whole,
    read_date,
    read_exact,
)
from policies.reasons import Reason

if TYPE_CHECKING:
    from anonymizers.transforms.base import Transform
    from policies.documents.columns import ColumnDocument
    from policies.documents.dataset import DatasetDocument


def _read_edge(value: Any) -> int | Decimal | date:
    """Return a number as it was written, or a plain date; raises ProblemsError."""
    if isinstance(value, date) or (isinstance(value, str) and ISO_DATE.fullmatch(value)):
        return read_date(value)
    return read_exact(value)


MOST_DAYS = 3_650
Exact = Annotated[int | Decimal, BeforeValidator(read_exact)]
Edge = Annotated[int | Decimal | date, BeforeValidator(_read_edge)]
Chance = Annotated[Number, Field(gt=0, lt=1)]


class TransformRule(Document):
    """How a policy has a column changed."""

    @abstractmethod
    def planned(self, name: str, dataset: DatasetDocument) -> Transform:
        """Return the transform of a column for which the lint found nothing wrong."""

    @abstractmethod
    def reason(self, name: str) -> Reason:
        """Say what a partner gets of the column of that name."""


class OwnRule(TransformRule):
    """A change that takes nothing of the dataset but the column's own declaration."""

    def planned(self, name: str, dataset: DatasetDocument) -> Transform:
        """Return the transform of the column."""
        return self.transform(dataset.columns[name])

    @abstractmethod
    def transform(self, column: ColumnDocument) -> Transform:
        """Return the same from the column's declaration."""


class RoundRule(OwnRule):
    """To the nearest multiple of `base`, in the column's units."""

    base: Annotated[Exact, Field(gt=0)]

    def transform(self, column: ColumnDocument) -> Transform:
        """Round."""
        from anonymizers.transforms.rounding import Rounding
        from policies.transforms import column_grid, units_of

        return Rounding(units_of(self.base, column), column_grid(column))

    def reason(self, name: str) -> Reason:
        """Name the base."""
        return Reason("gets-rounded", {"column": name, "base": str(self.base)})


class LimitRule(OwnRule):
    """Top and bottom coding: what lies beyond a limit leaves as the limit."""

    bottom: Edge | None = None
    top: Edge | None = None

    @model_validator(mode="after")
    def _check(self) -> LimitRule:
        if self.top is None and self.bottom is None:
            raise ProblemsError(Reason("limit-missing", {"path": ""}))
        return self

    @property
    def edges(self) -> dict[str, int | Decimal | date]:
        """The limits that there are, by their keys."""
        named = {"bottom": self.bottom, "top": self.top}
        return {key: edge for key, edge in named.items() if edge is not None}

    def transform(self, column: ColumnDocument) -> Transform:
        """Limit."""
        from anonymizers.transforms.limits import Limits
        from policies.transforms import column_grid, units_of

        units = {key: units_of(edge, column) for key, edge in self.edges.items()}
        return Limits(units.get("bottom"), units.get("top"), column_grid(column))

    def reason(self, name: str) -> Reason:
        """Name the limits."""
        bottom, top = (str(self.edges.get(key, "")) for key in ("bottom", "top"))
        return Reason("gets-limited", {"column": name, "bottom": bottom, "top": top})


class NoiseRule(OwnRule):
    """Discrete Laplace noise of this scale, in the column's units."""

    scale: Annotated[Exact, Field(gt=0)]

    def transform(self, column: ColumnDocument) -> Transform:
        """Blur, within the column's bounds."""
        from anonymizers.transforms.noise import Noise
        from policies.transforms import bounds_of, column_grid, units_of

        first, last = bounds_of(column)
        assert first is not None  # noqa: S101 - the lint asks for bounds
        assert last is not None  # noqa: S101 - as above
        return Noise(units_of(self.scale, column), first, last, column_grid(column))

    def reason(self, name: str) -> Reason:
        """Name the scale."""
        return Reason("gets-noise", {"column": name, "scale": str(self.scale)})


class ShiftDatesRule(OwnRule):
    """All dates of a person move together, by 1 to `days` days."""

    days: Annotated[Whole, Field(ge=1, le=MOST_DAYS)]

    def transform(self, column: ColumnDocument) -> Transform:
        """Move."""
        from anonymizers.transforms.date_shift import DateShift

        del column
        return DateShift(self.days)

    def reason(self, name: str) -> Reason:
        """Name the longest move."""
        return Reason("gets-shifted", {"column": name, "days": str(self.days)})


class MicroaggregateRule(OwnRule):
    """Groups of at least `k` people with close values leave with their mean."""

    k: Annotated[Whole, Field(ge=1)]

    def transform(self, column: ColumnDocument) -> Transform:
        """Take means."""
        from anonymizers.transforms.microaggregation import Microaggregation
        from policies.transforms import column_grid

        return Microaggregation(self.k, column_grid(column))

    def reason(self, name: str) -> Reason:
        """Name the size of the groups."""
        return Reason("gets-microaggregated", {"column": name, "k": str(self.k)})


class SwapRule(OwnRule):
    """People whose values are at most a `share` of all ranks apart exchange them."""

    share: Annotated[Number, Field(gt=0, le=1)]

    def transform(self, column: ColumnDocument) -> Transform:
        """Swap."""
        from anonymizers.transforms.swapping import Swapping
        from policies.transforms import column_grid

        return Swapping(Fraction(str(self.share)), column_grid(column))

    def reason(self, name: str) -> Reason:
        """Name the share."""
        return Reason("gets-swapped", {"column": name, "share": f"{100 * self.share:g}"})


class RandomizeRule(OwnRule):
    """A code stays with the chance `keep`, else it becomes any other."""

    keep: Chance

    @property
    def chance(self) -> Fraction:
        """The chance as the decimal that it was written as."""
        return Fraction(str(self.keep))

    def transform(self, column: ColumnDocument) -> Transform:
        """Draw codes."""
        from anonymizers.transforms.randomization import Randomization

        return Randomization(column.codes or (), self.chance)

    def reason(self, name: str) -> Reason:
        """Name the chance."""
        return Reason("gets-randomized", {"column": name, "keep": f"{self.keep:g}"})


class SetsRule(OwnRule):
    """Codes of a cell that no m together give away: each combination is had by `k` people."""

    m: Annotated[Whole, Field(ge=1, le=3)] = 2
    k: Annotated[Whole, Field(ge=1)]

    def transform(self, column: ColumnDocument) -> Transform:
        """Leave out rare codes."""
        from anonymizers.transforms.sets import Sets

        return Sets(column.multiple or "", self.m, self.k)

    def reason(self, name: str) -> Reason:
        """Name the sizes of combinations and groups."""
        return Reason("gets-sets", {"column": name, "m": str(self.m), "k": str(self.k)})


class SplitRule(OwnRule):
    """A column for each code, with yes or no."""

    def transform(self, column: ColumnDocument) -> Transform:
        """Split."""
        from anonymizers.transforms.split import Split

        return Split(column.multiple or "", column.codes or (), column.max_codes)

    def reason(self, name: str) -> Reason:
        """Say how the columns begin."""
        return Reason("gets-split", {"column": name})


class GroupRule(TransformRule):
    """The groups of a cell's codes on one level of the column's own taxonomy."""

    level: Text

    def planned(self, name: str, dataset: DatasetDocument) -> Transform:
        """Look every code up."""
        from anonymizers.transforms.groups import Groups
        from policies.ladders import code_groups

        separator = dataset.columns[name].multiple or ""
        return Groups(separator, self.level, code_groups(dataset, name, self.level))

    def reason(self, name: str) -> Reason:
        """Name the level."""
        return Reason("gets-grouped", {"column": name, "level": self.level})


class CountRule(OwnRule):
    """How many codes a cell holds."""

    def transform(self, column: ColumnDocument) -> Transform:
        """Count."""
        from anonymizers.transforms.counts import Counts

        return Counts(column.multiple or "", column.max_codes)

    def reason(self, name: str) -> Reason:
        """Say so."""
        return Reason("gets-counted", {"column": name})
