"""Tallies: the exact values of components, which nothing but noise may ever meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.aggregates.cells import KeyCodes, Places, place
from anonymizers.aggregates.chunks import first_of, up_to_rank
from anonymizers.aggregates.counting import count_people, count_places, find_pairs, sum_amounts
from anonymizers.aggregates.quantiles import node_counts
from gateway.aggregates.key_codes import key_codes, passing
from policies.aggregates.keys import BESIDES, codes_of_a_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.aggregates.chunks import Chunk
    from gateway.lake.prepared import Prepared
    from policies.aggregates.components import Amounts, Bounding, ColumnBins, Component, Key
    from policies.documents import DatasetDocument
    from policies.plans import Filter

    Exact = NDArray[np.object_]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Tallying:
    """One pass over the records that count, for some components.

    Attributes:
        prepared: who counts.
        document: the dataset.
        most: records of one privacy unit; bounding: how they are chosen.
    """

    prepared: Prepared
    document: DatasetDocument
    most: int
    bounding: Bounding

    def exact(self, components: Sequence[Component]) -> list[Exact]:
        """Return for each component its cells as Python integers, the last key moving fastest.

        Nodes of a quantile are (cells, nodes + bins) in one row after the other.
        """
        totals: list[NDArray[np.generic] | None] = [None] * len(components)
        for chunk in self.prepared.chunks():
            seen = _Chunk(self, chunk)
            for number, component in enumerate(components):
                totals[number] = _added(totals[number], seen.values(component))
        return [
            _finished(np.asarray(total), component)
            for component, total in zip(components, totals, strict=True)
        ]

    def codes(self, key: Key) -> KeyCodes:
        """Return the keys of a column's distinct values."""
        kept, values = self.prepared.key_codes, self.prepared.values[key.column]
        if key not in kept:
            kept[key] = key_codes(self.document, key, values)
        return kept[key]


@dataclass
class _Chunk:
    """A chunk under the conditions of the components, each looked at once."""

    tallying: Tallying
    chunk: Chunk
    chosen: dict[tuple[Filter, ...], NDArray[np.int64]] = field(default_factory=dict)
    places: dict[tuple[object, ...], Places] = field(default_factory=dict)

    def values(self, component: Component) -> NDArray[np.generic]:
        """Return one component's exact values in this chunk, pairs for distinct codes."""
        if component.statistic in ("beyond", "everybody"):
            return self._units(component)
        rows = self._known(component)
        if component.bins is not None:
            return self._binned(component, component.bins, rows)
        places = self._places(component, rows)
        if component.statistic == "people":
            most = self._most_places(component)
            return count_people(places, self.chunk.person[rows], most)
        if component.statistic == "sum" and component.amounts is not None:
            return sum_amounts(places, _clipped(self.chunk, component.amounts)[rows])
        if component.codes is not None:
            return find_pairs(places, self._more(component.codes, places, rows))
        return count_places(places)

    def _known(self, component: Component) -> NDArray[np.int64]:
        """Return which records count: let in, bounded, and with the value that is needed."""
        rows, chunk = self._chosen(component.where), self.chunk
        measured = component.amounts or component.bins
        name = component.known if measured is None else measured.column
        if name is not None:
            rows = rows[chunk.known[name][rows]]
        if component.statistic == "outside" and component.amounts is not None:
            rows = rows[_outside(chunk, component.amounts)[rows]]
        return rows

    def _units(self, component: Component) -> NDArray[np.generic]:
        """Count privacy units with a record, or with one that bounds leave out."""
        marks = self._met(component.where)
        if component.statistic == "beyond":
            marks[self._chosen(component.where)] = False
        people = self.chunk.person[marks]
        return np.array([np.count_nonzero(np.diff(people, prepend=-1))])

    def _chosen(self, where: tuple[Filter, ...]) -> NDArray[np.int64]:
        """Return which records conditions and bounds let count."""
        if where not in self.chosen:
            self.chosen[where] = self._bounded(self._met(where))
        return self.chosen[where]

    def _met(self, where: tuple[Filter, ...]) -> Mask:
        """Mark the records that conditions let in, whatever the bounds."""
        marks = np.ones(len(self.chunk.person), dtype=bool)
        for condition in where:
            values = self.tallying.prepared.values[condition.column]
            let_in = passing(self.tallying.document, condition, values)
            marks &= let_in[self.chunk.codes[condition.column]]
        return marks

    def _bounded(self, marks: Mask) -> NDArray[np.int64]:
        most = self.tallying.most
        if self.tallying.bounding == "stored":
            return np.flatnonzero(marks & up_to_rank(self.chunk, most))
        rows = np.flatnonzero(marks)
        return rows[first_of(self.chunk.person[rows], most)]

    def _places(self, component: Component, rows: NDArray[np.int64]) -> Places:
        measured = component.amounts and (component.statistic, component.amounts.column)
        name = component.group_by, component.where, component.known, measured
        if name not in self.places:
            self.places[name] = place(len(rows), self._keys(component, rows))
        return self.places[name]

    def _keys(
        self, component: Component, rows: NDArray[np.int64]
    ) -> list[tuple[KeyCodes, NDArray[np.int32]]]:
        return [
            (self.tallying.codes(key), self.chunk.codes[key.column][rows])
            for key in component.group_by
        ]

    def _most_places(self, component: Component) -> int:
        """Return in how many places one privacy unit may stand, as declared."""
        return self.tallying.most * codes_of_a_record(self.tallying.document, component.group_by)

    def _more(self, codes: Key, places: Places, rows: NDArray[np.int64]) -> Places:
        values = places.of(self.chunk.codes[codes.column][rows]).astype(np.int32, copy=False)
        return place(len(values), [(self.tallying.codes(codes), values)])

    def _binned(
        self, component: Component, bins: ColumnBins, rows: NDArray[np.int64]
    ) -> NDArray[np.generic]:
        amounts = np.clip(self.chunk.amounts[bins.column][rows], bins.low, bins.high)
        number = ((amounts - bins.low) // bins.width).astype(np.int32)
        each = KeyCodes(bins.count, np.arange(bins.count, dtype=np.int64))
        counts = count_places(place(len(rows), [*self._keys(component, rows), (each, number)]))
        return counts.reshape(-1, bins.count)


def _clipped(chunk: Chunk, amounts: Amounts) -> NDArray[np.int64]:
    return np.clip(chunk.amounts[amounts.column], amounts.low, amounts.high) - amounts.offset


def _outside(chunk: Chunk, amounts: Amounts) -> Mask:
    values = chunk.amounts[amounts.column]
    outside: Mask = (values < amounts.low) | (values > amounts.high)
    return outside


def _added(total: NDArray[np.generic] | None, more: NDArray[np.generic]) -> NDArray[np.generic]:
    if total is None:
        return more
    added: NDArray[np.generic] = np.add(total, more)  # of booleans: whether either is true
    return added


def _finished(total: NDArray[np.generic], component: Component) -> Exact:
    """Turn pairs into counts, and bins into nodes; everything into Python integers."""
    if component.codes is not None:
        declared: Exact = total[:, : -len(BESIDES)].sum(axis=1).astype(object)
        return declared
    if component.bins is not None:
        counted: Exact = node_counts(total.astype(object), component.bins).reshape(-1)
        return counted
    values: Exact = total.astype(object)
    return values
