"""What a partner asks in numbers: the body of `POST /v1/aggregates`, single or as a batch."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, model_validator

from policies.aggregates.grids import GRIDS, Grid, Number, plain_text
from policies.documents.aggregates import MEASURES, ColumnAtLevel
from policies.documents.base import (
    Choice,
    Document,
    Flag,
    Kebab,
    Nothing,
    ProblemsError,
    Text,
    raise_any,
)
from policies.documents.problems import validate
from policies.reasons import Reason
from policies.requests import MOST_CLAUSES, RequestError, WhereClause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.aggregates.grids import Accuracy

MOST_QUERIES = 100
MOST_MEASURES = 100
MOST_GROUPED = 20
MEDIAN = Fraction(1, 2)
QUANTILE_STEP = Fraction(1, 1000)


class AskedQuantile(Document):
    """A quantile of a column; a bare name is its median."""

    column: Text
    q: Number = Decimal("0.5")

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check(self) -> AskedQuantile:
        if not 0 < self.q < 1 or Fraction(self.q) % QUANTILE_STEP:
            raise ProblemsError(Reason("quantile-off-grid", {"path": "q"}))
        return self


class AskedMeasure(Choice):
    """One measure of a query: exactly one key. `median` is the quantile of one half."""

    choices: ClassVar[tuple[str, ...]] = (*MEASURES, "median")
    count_people: Nothing | None = None
    count_records: Nothing | None = None
    sum: Text | None = None
    mean: Text | None = None
    quantile: AskedQuantile | None = None
    median: Text | None = None
    histogram: ColumnAtLevel | None = None
    distinct: Text | None = None

    @property
    def kind(self) -> str:
        """Which of `MEASURES` it is; a median is a quantile."""
        return "quantile" if self.chosen == "median" else self.chosen

    @property
    def column(self) -> str | None:
        """The column it is taken over; None for counts."""
        at = self.histogram or self.quantile
        return (
            at.column if at is not None else self.sum or self.mean or self.median or self.distinct
        )

    @property
    def q(self) -> Fraction | None:
        """Which quantile, above 0 and below 1; None for all else."""
        if self.median is not None:
            return MEDIAN
        return None if self.quantile is None else Fraction(self.quantile.q)

    @property
    def level(self) -> str | None:
        """The level of a histogram, where it is said."""
        return None if self.histogram is None else self.histogram.level


class AskedQuery(Document):
    """One table: what is measured, by which keys, under which conditions.

    Attributes:
        totals: also over the last key, the last two, and so on.
    """

    measures: Annotated[tuple[AskedMeasure, ...], Field(min_length=1, max_length=MOST_MEASURES)]
    group_by: Annotated[tuple[ColumnAtLevel, ...], Field(max_length=MOST_GROUPED)] = ()
    where: Annotated[tuple[WhereClause, ...], Field(max_length=MOST_CLAUSES)] = ()
    totals: Flag = False

    @model_validator(mode="after")
    def _check(self) -> AskedQuery:
        raise_any(_grouped_twice(self.group_by))
        return self


class NamedQuery(AskedQuery):
    """One table of a batch; without a name it is `query-1`, `query-2`, by its place."""

    name: Kebab | None = None


class AggregateRequest(Document):
    """The body of `POST /v1/aggregates` and of its estimate.

    Attributes:
        queries: a batch, in place of the keys of one query.
        epsilon, rho, half_width: exactly one: the price of all of it, or how wide the intervals
            of counts and sums may be to either side, in the unit of the value.
        non_negative: whether values below 0 are shown as 0.
        clipped_share: whether a tenth of the price is spent on what bounds leave out.
    """

    dataset: Kebab
    purpose: Kebab
    measures: Annotated[
        tuple[AskedMeasure, ...] | None, Field(min_length=1, max_length=MOST_MEASURES)
    ] = None
    group_by: Annotated[tuple[ColumnAtLevel, ...], Field(max_length=MOST_GROUPED)] = ()
    where: Annotated[tuple[WhereClause, ...], Field(max_length=MOST_CLAUSES)] = ()
    totals: Flag = False
    queries: Annotated[
        tuple[NamedQuery, ...] | None, Field(min_length=1, max_length=MOST_QUERIES)
    ] = None
    epsilon: Number | None = None
    rho: Number | None = None
    half_width: Number | None = None
    non_negative: Flag = False
    clipped_share: Flag = False

    @model_validator(mode="after")
    def _check(self) -> AggregateRequest:
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        if (self.measures is None) == (self.queries is None):
            yield Reason("exactly-one-of", {"path": "", "allowed": "measures, queries"})
        if self.queries is not None:
            for key in ("group_by", "where", "totals"):
                if getattr(self, key):
                    yield Reason("not-beside-queries", {"path": key, "key": key})
            yield from _named_twice(self.names)
        yield from _grouped_twice(self.group_by)
        yield from self._price_problems()

    def _price_problems(self) -> Iterator[Reason]:
        asked = [key for key in GRIDS if getattr(self, key) is not None]
        if len(asked) != 1:
            yield Reason("exactly-one-of", {"path": "", "allowed": ", ".join(GRIDS)})
        for key in asked:
            grid = GRIDS[key]
            if not grid.holds(Fraction(getattr(self, key))):
                yield _off_grid(key, grid)

    @property
    def accuracy(self) -> tuple[Accuracy, Fraction]:
        """What was said of the three, and how much of it."""
        key = next(key for key in GRIDS if getattr(self, key) is not None)
        return key, Fraction(getattr(self, key))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a batch's queries; one empty name where it is no batch."""
        if self.queries is None:
            return ("",)
        return tuple(
            query.name or f"query-{number}" for number, query in enumerate(self.queries, 1)
        )

    @property
    def tables(self) -> tuple[AskedQuery, ...]:
        """The queries, also where there is one and no batch."""
        if self.queries is not None:
            return self.queries
        return (
            AskedQuery(
                measures=self.measures or (),
                group_by=self.group_by,
                where=self.where,
                totals=self.totals,
            ),
        )


def parse_aggregate_request(body: Mapping[str, Any]) -> AggregateRequest:
    """Return the request; raises RequestError with all its problems at once."""
    try:
        return validate(AggregateRequest, body)
    except ProblemsError as error:
        raise RequestError(error.reasons) from None


def _off_grid(key: str, grid: Grid) -> Reason:
    ends = {"least": plain_text(grid.least), "most": str(grid.most)}
    return Reason("off-grid", {"path": key, "key": key, "step": plain_text(grid.step), **ends})


def _grouped_twice(keys: tuple[ColumnAtLevel, ...]) -> Iterator[Reason]:
    names = [key.column for key in keys]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield Reason("named-twice", {"path": f"group_by[{number}]", "value": name})


def _named_twice(names: tuple[str, ...]) -> Iterator[Reason]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield Reason("named-twice", {"path": f"queries[{number}]", "value": name})
