"""From the tables asked for to the vectors behind them, and back to the measures of a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from policies.aggregates.amounts import amounts_of, bins_of, centred
from policies.aggregates.components import Key, MeasurePlan, Query
from policies.aggregates.grids import plain_text
from policies.aggregates.keys import codes_of_a_record
from policies.aggregates.vectors import Frame
from policies.documents.aggregates import MEASURES
from policies.documents.dataset import ROW
from policies.ladders import finest_level
from policies.plans import InFilter
from policies.where import where_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policies.aggregates.components import Kind
    from policies.aggregates.offered import Offered
    from policies.aggregates.requests import AskedMeasure, AskedQuery
    from policies.aggregates.vectors import Vector
    from policies.documents.aggregates import ColumnAtLevel
    from policies.plans import Filter


CLIPPED = ("sum", "mean", "quantile")


@dataclass(frozen=True)
class Asked:
    """One measure of a table in its one spelling.

    Attributes:
        key: of a histogram; codes: of distinct codes, the column on its finest level.
    """

    kind: Kind
    name: str
    column: str | None = None
    quantile: Fraction | None = None
    key: Key | None = None
    codes: Key | None = None


@dataclass(frozen=True)
class Table:
    """One query, resolved against the policy.

    Attributes:
        keys: as asked for, in the order of the answer's columns.
        levels: for each level of totals the keys that are left, the finest first.
        where: canonical.
        measures: each once, in the order of `MEASURES`.
    """

    offered: Offered
    name: str
    keys: tuple[Key, ...]
    where: tuple[Filter, ...]
    totals: bool
    measures: tuple[Asked, ...]

    @property
    def levels(self) -> tuple[tuple[Key, ...], ...]:
        """For each level of totals the keys that are left, the finest first."""
        if not self.totals:
            return (self.keys,)
        return tuple(self.keys[:length] for length in range(len(self.keys), -1, -1))

    @property
    def told(self) -> tuple[Key, ...]:
        """The keys whose forms histograms show and distinct codes are counted among."""
        named = (key for asked in self.measures for key in (asked.key, asked.codes))
        return tuple(key for key in named if key is not None)

    def vectors(self, asked: Asked) -> tuple[tuple[Vector, ...], ...]:
        """Return what a measure is computed from, for each level of totals."""
        return tuple(self._vectors(asked, keys) for keys in self.levels)

    def shares(self) -> tuple[tuple[str, tuple[Vector, Vector]], ...]:
        """Return what bounds leave out of the measures, and all that they leave it out of.

        Of each column that is clipped, its name and its records; of privacy units that may have
        more records than count, `people` and the units.
        """
        frame, dataset = self._frame(()), self.offered.dataset
        clipped = dict.fromkeys(str(one.column) for one in self.measures if one.kind in CLIPPED)
        shares: dict[str, tuple[Vector, Vector]] = {
            name: (frame.outside(amounts_of(dataset, name)), frame.counted(known=name))
            for name in clipped
        }
        if dataset.privacy_unit != ROW:
            shares["people"] = (frame.beyond(), frame.everybody())
        return tuple(shares.items())

    def planned(self, places: Mapping[Vector, int]) -> Query:
        """Return the query of a plan whose components stand at these places."""
        measures = tuple(
            MeasurePlan(
                kind=asked.kind,
                name=asked.name,
                components=tuple(
                    tuple(places[vector] for vector in level) for level in self.vectors(asked)
                ),
                column=asked.column,
                quantile=asked.quantile,
                key=asked.key,
                additive=self._is_additive(asked.kind),
            )
            for asked in self.measures
        )
        shares = tuple(
            MeasurePlan("clipped_share", name, ((places[left_out], places[whole]),))
            for name, (left_out, whole) in self.shares()
            if left_out in places
        )
        return Query(self.name, self.keys, self.totals, measures, shares)

    def _vectors(self, asked: Asked, keys: tuple[Key, ...]) -> tuple[Vector, ...]:
        frame, column = self._frame(keys), str(asked.column)
        dataset = self.offered.dataset
        makers: Mapping[Kind, Callable[[], tuple[Vector, ...]]] = {
            "count_people": lambda: (frame.people(),),
            "count_records": lambda: (frame.counted(),),
            "sum": lambda: (frame.summed(amounts_of(dataset, column)),),
            "mean": lambda: (
                frame.summed(centred(amounts_of(dataset, column))),
                frame.counted(known=column),
            ),
            "quantile": lambda: (frame.nodes(bins_of(dataset, column)),),
        }
        if asked.key is not None:
            return (self._frame((*keys, asked.key)).counted(),)
        if asked.codes is not None:
            return (frame.distinct(asked.codes),)
        return makers[asked.kind]()

    def _frame(self, keys: tuple[Key, ...]) -> Frame:
        """Return what vectors over these keys share; keys stand in the dataset's order."""
        order = tuple(self.offered.dataset.columns)
        private = [self.offered.deltas[key.column] for key in keys if key.private]
        return Frame(
            dataset=self.offered.dataset,
            keys=tuple(sorted(keys, key=lambda key: order.index(key.column))),
            where=self.where,
            records=self.offered.aggregate.max_records_per_person,
            delta=min(private, default=Fraction(0)),
        )

    def _is_additive(self, kind: Kind) -> bool:
        """Answer whether parts sum up to totals: where nothing counts in two of the parts."""
        codes = codes_of_a_record(self.offered.dataset, self.keys)
        if kind == "count_people":
            return codes * self.offered.aggregate.max_records_per_person == 1
        return kind in {"count_records", "sum", "histogram"} and codes == 1


def resolved(offered: Offered, name: str, query: AskedQuery) -> Table:
    """Return a query that nothing speaks against in its one form."""
    measures = {asked.name: asked for asked in (_asked(one, offered) for one in query.measures)}
    return Table(
        offered=offered,
        name=name,
        keys=tuple(_at(at, offered.keys[at.column]) for at in query.group_by),
        where=tuple(
            _from_finest_named(one, offered)
            for one in where_filters(query.where, offered.filterable)
        ),
        totals=query.totals and bool(query.group_by),
        measures=tuple(sorted(measures.values(), key=_place)),
    )


def _at(asked: ColumnAtLevel, key: Key) -> Key:
    return key if asked.level is None else replace(key, level=asked.level)


def _asked(measure: AskedMeasure, offered: Offered) -> Asked:
    kind, column = cast("Kind", measure.kind), measure.column
    if measure.histogram is not None:
        key = _at(measure.histogram, offered.histograms[measure.histogram.column])
        return Asked(kind, f"histogram:{column}:{key.level}", column, key=key)
    if measure.q is not None:
        return Asked(kind, f"quantile:{column}:{plain_text(measure.q)}", column, measure.q)
    if measure.distinct is not None:
        codes = Key(measure.distinct, finest_level(offered.dataset, measure.distinct))
        return Asked(kind, f"distinct:{column}", column, codes=codes)
    return Asked(kind, kind if column is None else f"{kind}:{column}", column)


def _place(asked: Asked) -> tuple[int, str, Fraction, str]:
    """Sort measures by their kind, then by what they are taken over."""
    return MEASURES.index(asked.kind), asked.column or "", asked.quantile or Fraction(0), asked.name


def _from_finest_named(condition: Filter, offered: Offered) -> Filter:
    """Let a condition start on the finest level that its forms stand on.

    No form stands between the policy's floor and that level, so the same records fit; and
    policies with other floors ask for the same component.
    """
    if not isinstance(condition, InFilter):
        return condition
    column = offered.filterable[condition.column]
    named = {level for form in condition.forms for level in column.ladder.levels_with(form)}
    return replace(condition, floor=next(level for level in column.levels if level in named))
