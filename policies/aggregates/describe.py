"""What a policy lets be asked in numbers: data for `GET /v1/datasets` and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.aggregates.components import Key
from policies.aggregates.keys import key_count
from policies.aggregates.offered import Offered
from policies.ladders import finest_level
from policies.lint import lint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.aggregates.components import Bounding
    from policies.documents import (
        AggregateBudget,
        ColumnDocument,
        DatasetDocument,
        Measure,
        PolicyDocument,
    )


@dataclass(frozen=True)
class LevelAnswer:
    """A level whose forms may be keys, and how many these are; None where they are private."""

    level: str
    keys: int | None


@dataclass(frozen=True)
class MeasureAnswer:
    """One thing that may be measured.

    Attributes:
        measure: as rows name it, a quantile without which, a histogram without its level.
        bounds: that values are clipped to, in the column's unit; None where nothing is.
        unit: of the values, where the dataset says one.
        levels: of a histogram or of distinct codes, finest first.
    """

    measure: str
    column: str | None
    bounds: tuple[str, str] | None
    unit: str | None
    levels: tuple[LevelAnswer, ...]


@dataclass(frozen=True)
class KeyAnswer:
    """A column that may be grouped by.

    Attributes:
        levels: that may be asked for, finest first: the policy's and all coarser ones.
        private: whether only keys are named that enough people have.
        filters: whether conditions may name its forms.
    """

    column: str
    label: Mapping[str, str]
    levels: tuple[LevelAnswer, ...]
    private: bool
    filters: bool


@dataclass(frozen=True)
class AggregateAnswer:
    """What a policy lets be asked in numbers, and for how much."""

    measures: tuple[MeasureAnswer, ...]
    group_by: tuple[KeyAnswer, ...]
    max_records_per_person: int
    bounding: Bounding
    budget: AggregateBudget


def describe_aggregate(policy: PolicyDocument, dataset: DatasetDocument) -> AggregateAnswer | None:
    """Return what may be asked in numbers; None where it is nothing.

    That is so where the policy gives records only, and where it no longer fits its dataset, which
    may have been declared anew since: nothing would be answered then.
    """
    if policy.aggregate is None or lint(policy, dataset).errors:
        return None
    offered = Offered(policy.aggregate, dataset)
    return AggregateAnswer(
        measures=tuple(_measure(measure, offered) for measure in policy.aggregate.measures),
        group_by=tuple(
            KeyAnswer(
                column=name,
                label=dataset.columns[name].label,
                levels=_levels(key, offered),
                private=key.private,
                filters=name in offered.filterable,
            )
            for name, key in offered.keys.items()
        ),
        max_records_per_person=policy.aggregate.max_records_per_person,
        bounding=policy.aggregate.bounding,
        budget=policy.aggregate.budget,
    )


def _measure(measure: Measure, offered: Offered) -> MeasureAnswer:
    name = measure.column
    if name is None:
        return MeasureAnswer(measure.kind, None, None, None, ())
    column, levels = offered.dataset.columns[name], _measured_levels(measure, name, offered)
    bounds = None if levels else _bounds(column)
    return MeasureAnswer(f"{measure.kind}:{name}", name, bounds, column.unit, levels)


def _measured_levels(measure: Measure, name: str, offered: Offered) -> tuple[LevelAnswer, ...]:
    if measure.histogram is not None:
        return _levels(offered.histograms[name], offered)
    if measure.distinct is None:
        return ()
    key = Key(name, finest_level(offered.dataset, name))
    return (LevelAnswer(key.level, key_count(offered.dataset, key)),)


def _bounds(column: ColumnDocument) -> tuple[str, str]:
    assert column.bounds is not None  # noqa: S101 - the lint refuses measures without them
    return str(column.bounds[0]), str(column.bounds[1])


def _levels(finest: Key, offered: Offered) -> tuple[LevelAnswer, ...]:
    keys = (Key(finest.column, level, finest.private) for level in offered.levels(finest))
    return tuple(
        LevelAnswer(key.level, None if key.private else key_count(offered.dataset, key))
        for key in keys
    )
