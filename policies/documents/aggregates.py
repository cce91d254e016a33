"""The differentially private part of a policy file: what may be measured, by what, for how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from policies.documents.base import (
    Choice,
    Count,
    Delta,
    Document,
    Nothing,
    Positive,
    Text,
    raise_any,
)
from policies.reasons import Reason

MEASURES = ("count_people", "count_records", "sum", "mean", "quantile", "histogram", "distinct")


class ColumnAtLevel(Document):
    """A column, on one level of its ladder; a bare name is the column on its finest level."""

    column: Text
    level: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value


class Measure(Choice):
    """What an aggregate may measure: exactly one of `MEASURES`.

    Attributes:
        histogram: its level is the finest that may be asked for.
    """

    choices: ClassVar[tuple[str, ...]] = MEASURES
    count_people: Nothing | None = None
    count_records: Nothing | None = None
    sum: Text | None = None
    mean: Text | None = None
    quantile: Text | None = None
    histogram: ColumnAtLevel | None = None
    distinct: Text | None = None

    @property
    def kind(self) -> str:
        """Which of `MEASURES` it is."""
        return self.chosen

    @property
    def column(self) -> str | None:
        """The column it is taken over; None for counts."""
        if self.histogram is not None:
            return self.histogram.column
        return self.sum or self.mean or self.quantile or self.distinct


class GroupBy(ColumnAtLevel):
    """A column whose values, on one level of its ladder, are the keys of an aggregate.

    Attributes:
        level: the finest that may be asked for; coarser ones of the ladder may be too.
        keys: `declared`: every form of the level answers. `private`: only keys are named that
            enough people have, and `delta` is paid for that.
        delta: of private keys: by what chance a question may name somebody's own key.
    """

    keys: Literal["declared", "private"] = "declared"
    delta: Delta | None = None

    @property
    def private(self) -> bool:
        """Whether its keys are private."""
        return self.keys == "private"


class AggregateBudget(Document):
    """What one partner, or one purpose, may spend under the policy.

    Attributes:
        rho: whether answers may be priced in rho (and `half_width` may choose it). The first one
            counts every budget that it is charged to in rho for good, everybody's among them.
            Not said: they may, and the lint warns.
    """

    epsilon: Positive
    delta: Delta
    per: Literal["partner", "purpose"] = "partner"
    rho: bool | None = None

    @property
    def offers_rho(self) -> bool:
        """Whether answers may be priced in rho."""
        return self.rho is not False


class AggregateDocument(Document):
    """The differentially private part of a policy.

    Attributes:
        group_by: columns that keys and conditions may name, each once.
        max_records_per_person: records of one privacy unit that count.
        bounding: which ones: of all the unit's records those of the lowest stored rank, or
            `per-query` of those that the question's conditions let through.
    """

    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    group_by: tuple[GroupBy, ...] = ()
    max_records_per_person: Count = 1
    bounding: Literal["stored", "per-query"] = "stored"
    budget: AggregateBudget

    @model_validator(mode="after")
    def _check(self) -> AggregateDocument:
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        names = [key.column for key in self.group_by]
        for number, name in enumerate(names):
            if name in names[:number]:
                yield Reason("named-twice", {"path": f"group_by[{number}]", "value": name})
        asked = [(measure.kind, measure.column) for measure in self.measures]
        for number, (kind, column) in enumerate(asked):
            if (kind, column) in asked[:number]:
                value = kind if column is None else f"{kind}: {column}"
                yield Reason("named-twice", {"path": f"measures[{number}]", "value": value})
