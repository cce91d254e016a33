"""Rendering: the noisy values of components become rows, each value with its interval.

Everything here is post-processing: it reads noisy values and public declarations, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizers.aggregates import means
from anonymizers.aggregates.clipping import clipped_share_of
from anonymizers.aggregates.consistency import Level, reconcile
from anonymizers.aggregates.quantiles import quantile_of
from anonymizers.noise.intervals import half_width
from gateway.aggregates.numbers import (
    CONFIDENCE,
    Unit,
    around,
    at_least_zero,
    between,
    shown,
    within,
)
from policies.aggregates.keys import key_forms, most_distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from gateway.aggregates.drawing import Noisy
    from policies.aggregates.components import (
        AggregatePlan,
        Component,
        Key,
        MeasurePlan,
        Query,
    )
    from policies.documents import DatasetDocument

    Values = NDArray[np.object_]
    Entry = Any

TOTAL = "*"
MORE_DIGITS = 3
"""A mean lies between units: digits that it has beyond its column's."""
SHARE_DIGITS = 4


def render_rows(
    plan: AggregatePlan, query: Query, noisy: Sequence[Noisy], document: DatasetDocument
) -> list[dict[str, Any]]:
    """Return the rows of one query: its cells, then its totals, coarser ones last.

    Args:
        plan: the request.
        query: of it.
        noisy: values of the plan's components.
        document: the dataset.
    """
    return _Table(plan, query, noisy, document).rows()


def consistent_measures(query: Query) -> list[MeasurePlan]:
    """Return the measures whose totals are the sums of their parts."""
    return [one for one in query.measures if query.totals and one.additive]


def render_shares(
    plan: AggregatePlan, query: Query, noisy: Sequence[Noisy]
) -> dict[str, dict[str, Any]]:
    """Return which share bounds leave out, by what: a column's values, or people's records."""
    return {share.name: _share(plan, share, noisy) for share in query.shares}


def _share(plan: AggregatePlan, share: MeasurePlan, noisy: Sequence[Noisy]) -> dict[str, Any]:
    left_out, whole = (
        means.Noisy(noisy[number].values[0], plan.components[number].mechanism)
        for number in share.components[0]
    )
    found = clipped_share_of(left_out, whole, CONFIDENCE)
    return between(found, Unit(), SHARE_DIGITS)


@dataclass(frozen=True)
class _Table:
    plan: AggregatePlan
    query: Query
    noisy: Sequence[Noisy]
    document: DatasetDocument

    def rows(self) -> list[dict[str, Any]]:
        """Return every row, level of totals by level."""
        if any(key.private for key in self.query.group_by):
            return self._named_rows()
        entries = {one.name: self._entries(one) for one in self.query.measures}
        rows = []
        for level in range(len(self.query.group_by) + 1 if self.query.totals else 1):
            for place, forms in enumerate(self._keys(level)):
                measured = {name: self._shown(each[level][place]) for name, each in entries.items()}
                rows.append({"keys": forms, **measured})
        return rows

    def _shown(self, entry: Entry) -> Entry:
        if not self.plan.non_negative:
            return entry
        if isinstance(entry, list):
            return [at_least_zero(one) for one in entry]
        return at_least_zero(entry)

    def _named_rows(self) -> list[dict[str, Any]]:
        """Return the rows of private keys: only those that were named; `lint` lets count people."""
        (measure,) = self.query.measures
        (number,) = measure.components[0]
        part, kept = self.plan.components[number], self.noisy[number]
        width = half_width(part.mechanism, CONFIDENCE)
        order = [part.group_by.index(key) for key in self.query.group_by]
        rows = [
            {
                "keys": {
                    key.column: forms[at]
                    for key, at in zip(self.query.group_by, order, strict=True)
                },
                measure.name: self._shown(around(value, width, Unit())),
            }
            for value, forms in zip(kept.values, kept.named or (), strict=True)
        ]
        return sorted(rows, key=lambda row: tuple(row["keys"].values()))

    def _keys(self, level: int) -> Iterator[dict[str, str]]:
        """Yield the keys of each cell with the last `level` of them totalled."""
        kept = self.query.group_by[: len(self.query.group_by) - level]
        totals = {key.column: TOTAL for key in self.query.group_by[len(kept) :]}
        for forms in product(*(self._forms[key] for key in kept)):
            yield {key.column: form for key, form in zip(kept, forms, strict=True)} | totals

    @cached_property
    def _forms(self) -> dict[Key, tuple[str, ...]]:
        histograms = (one.key for one in self.query.measures if one.key is not None)
        return {key: key_forms(self.document, key) for key in (*self.query.group_by, *histograms)}

    def _entries(self, measure: MeasurePlan) -> list[list[Entry]]:
        """Return the entries of a measure: for each level of totals one for each cell."""
        if measure.additive and self.query.totals:
            return self._reconciled(measure)
        kinds: dict[str, Callable[[MeasurePlan, int], list[Entry]]] = {
            "mean": self._means,
            "quantile": self._quantiles,
        }
        entries = kinds.get(measure.kind, self._single)
        return [entries(measure, level) for level in range(len(measure.components))]

    def _single(self, measure: MeasurePlan, level: int) -> list[Entry]:
        (number,) = measure.components[level]
        part = self.plan.components[number]
        width = half_width(part.mechanism, CONFIDENCE)
        values = self._values(measure, number, level)
        entries = self._grouped(measure, values, [width] * len(values))
        if part.codes is None:
            return entries
        most = most_distinct(self.document, part.codes)
        return [within(entry, most) for entry in entries]

    def _reconciled(self, measure: MeasurePlan) -> list[list[Entry]]:
        """Make totals and parts agree: by least squares on the noisy values alone."""
        levels = []
        for level, (number,) in enumerate(measure.components):
            values = self._values(measure, number, level)
            parents = self._parents(measure, level, len(values))
            levels.append(Level(values, parents, self.plan.components[number].mechanism))
        return [
            self._grouped(measure, one.values, one.half_widths)
            for one in reconcile(levels, CONFIDENCE)
        ]

    def _parents(self, measure: MeasurePlan, level: int, cells: int) -> NDArray[np.int64] | None:
        """Return the cell of the next coarser level that each cell is a part of."""
        place = np.arange(cells)
        if level == len(self.query.group_by):
            return None
        inner = len(self._forms[measure.key]) if measure.key else 1
        last = len(self._forms[self.query.group_by[len(self.query.group_by) - level - 1]])
        return (place // inner // last) * inner + place % inner

    def _grouped(
        self, measure: MeasurePlan, values: Iterable[int], widths: Iterable[float]
    ) -> list[Entry]:
        """Return one entry for each cell; of a histogram, a list of one for each form."""
        unit = self._unit(measure)
        entries = [around(v, w, unit) for v, w in zip(values, widths, strict=True)]
        if measure.key is None:
            return entries
        forms = self._forms[measure.key]
        return [
            [{"form": form, **entry} for form, entry in zip(forms, entries[at:], strict=False)]
            for at in range(0, len(entries), len(forms))
        ]

    def _means(self, measure: MeasurePlan, level: int) -> list[Entry]:
        total, count = (self.plan.components[number] for number in measure.components[level])
        sums, counts = (
            self._values(measure, number, level) for number in measure.components[level]
        )
        amounts, unit = total.amounts, self._unit(measure)
        assert amounts is not None  # noqa: S101 - the first component of a mean is a sum
        found = [
            means.mean_of(
                means.Noisy(int(s), total.mechanism),
                means.Noisy(int(n), count.mechanism),
                (amounts.low, amounts.high),
                CONFIDENCE,
                offset=amounts.offset,
            )
            for s, n in zip(sums, counts, strict=True)
        ]
        return [between(e, unit, MORE_DIGITS) for e in found]

    def _quantiles(self, measure: MeasurePlan, level: int) -> list[Entry]:
        (number,) = measure.components[level]
        part, unit = self.plan.components[number], self._unit(measure)
        assert part.bins is not None  # noqa: S101 - of nodes
        assert measure.quantile is not None  # noqa: S101 - it is one
        size = part.bins.count + part.bins.nodes
        cells = self._ordered(part, np.array(self.noisy[number].values, dtype=object), level, size)
        found = [
            quantile_of(row, part.bins, measure.quantile, part.mechanism, CONFIDENCE)
            for row in cells.reshape(-1, size)
        ]
        return [shown(*(unit.show(int(one)) for one in (e.value, e.low, e.high))) for e in found]

    def _values(self, measure: MeasurePlan, number: int, level: int) -> Values:
        """Return a component's values in the order of rows; a histogram's forms move fastest."""
        values = np.array(self.noisy[number].values, dtype=object)
        inner = (measure.key,) if measure.key else ()
        return self._ordered(self.plan.components[number], values, level, 1, inner)

    def _ordered(
        self,
        part: Component,
        values: Values,
        level: int,
        size: int,
        inner: tuple[Key, ...] = (),
    ) -> Values:
        wanted = (*self.query.group_by[: len(self.query.group_by) - level], *inner)
        shape = [len(self._forms[key]) for key in part.group_by]
        axes = [part.group_by.index(key) for key in wanted]
        return values.reshape(*shape, size).transpose(*axes, len(axes)).reshape(-1)

    def _unit(self, measure: MeasurePlan) -> Unit:
        measured = measure.kind in ("sum", "mean", "quantile")
        return Unit.of(self.document.columns[str(measure.column)]) if measured else Unit()
