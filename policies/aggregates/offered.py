"""What a policy lets be asked in numbers: measures, keys with their finest level, conditions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from anonymizers.ladders.base import OTHER, TOP
from policies.aggregates.components import Key
from policies.aggregates.keys import NULL
from policies.documents.problems import nearest, suggested
from policies.ladders import column_ladder
from policies.reasons import Reason
from policies.where import Filterable, where_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anonymizers.ladders.base import Ladder
    from policies.aggregates.requests import AskedMeasure
    from policies.documents import AggregateDocument, DatasetDocument
    from policies.documents.aggregates import ColumnAtLevel
    from policies.requests import WhereClause


@dataclass(frozen=True)
class Offered:
    """The aggregate part of a policy that passed the lint, over its dataset."""

    aggregate: AggregateDocument
    dataset: DatasetDocument

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """The finest key of each column that may be grouped by."""
        return {
            key.column: Key(key.column, self._finest(key), key.private)
            for key in self.aggregate.group_by
        }

    @cached_property
    def histograms(self) -> Mapping[str, Key]:
        """The finest key of each column that has histograms."""
        asked = (measure.histogram for measure in self.aggregate.measures)
        return {at.column: Key(at.column, self._finest(at)) for at in asked if at is not None}

    @cached_property
    def deltas(self) -> Mapping[str, Fraction]:
        """What is paid where a private key's column is grouped by."""
        return {
            key.column: Fraction(str(key.delta))
            for key in self.aggregate.group_by
            if key.private and key.delta is not None
        }

    @cached_property
    def filterable(self) -> Mapping[str, Filterable]:
        """The columns that conditions may name, from their finest level up.

        A cell of several codes has no one form that a condition could ask for.
        """
        return {
            name: Filterable(name, self.ladder(name), key.level)
            for name, key in self.keys.items()
            if self.dataset.columns[name].multiple is None
        }

    def ladder(self, column: str) -> Ladder:
        """Return the ladder of a column that keys are made of."""
        ladder = column_ladder(self.dataset, column)
        assert ladder is not None  # noqa: S101 - the lint refuses keys without one
        return ladder

    def levels(self, key: Key) -> tuple[str, ...]:
        """Return the levels that may be asked for, finest first; on `*` nothing is told apart."""
        levels = self.ladder(key.column).levels
        return levels[levels.index(key.level) : -1]

    def measure_reasons(self, path: str, measure: AskedMeasure) -> Iterator[Reason]:
        """Yield why a measure can't be asked for."""
        allowed = [(one.kind, one.column) for one in self.aggregate.measures]
        if (measure.kind, measure.column) not in allowed:
            named, known = (
                _spelled(measure.kind, measure.column),
                [_spelled(*one) for one in allowed],
            )
            params = {"path": path, "measure": named, "known": ", ".join(known)}
            yield Reason("measure-not-allowed", {**params, "nearest": nearest(named, known)})
        elif measure.histogram is not None:
            key = self.histograms[measure.histogram.column]
            yield from self._level_reasons(path, measure.histogram, key)

    def key_reasons(self, path: str, asked: ColumnAtLevel) -> Iterator[Reason]:
        """Yield why a column, or a level of it, can't be grouped by."""
        key = self.keys.get(asked.column)
        if key is None:
            like = suggested(asked.column, tuple(self.keys))
            yield Reason("key-not-allowed", {"path": path, "column": asked.column, **like})
        else:
            yield from self._level_reasons(path, asked, key)

    def where_reasons(self, clauses: tuple[WhereClause, ...]) -> Iterator[Reason]:
        """Yield why conditions can't be answered."""
        for clause in clauses:
            if clause.column in self.keys and clause.column not in self.filterable:
                yield Reason("where-several-codes", {"column": clause.column})
                continue
            for form in {NULL, OTHER}.intersection(clause.forms or ()):
                yield Reason("where-undeclared", {"column": clause.column, "value": form})
            yield from where_reasons((clause,), self.filterable)

    def _level_reasons(self, path: str, asked: ColumnAtLevel, key: Key) -> Iterator[Reason]:
        if asked.level is None or asked.level in self.levels(key):
            return
        ladder, params = self.ladder(key.column), {"path": path, "level": asked.level}
        if asked.level in ladder.levels and asked.level != TOP:
            facts = {"column": key.column, "floor": key.level}
            yield Reason("level-finer-than-policy", {**params, **facts})
        else:
            levels = self.levels(key)
            facts = {"ladder": ladder.name, "levels": ", ".join(levels)}
            near = nearest(asked.level, levels)
            yield Reason("unknown-level", {**params, **facts, "nearest": near})

    def _finest(self, at: ColumnAtLevel) -> str:
        return at.level or self.ladder(at.column).levels[0]


def _spelled(kind: str, column: str | None) -> str:
    return kind if column is None else f"{kind}:{column}"
