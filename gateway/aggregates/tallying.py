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
    keys: dict[Key, KeyCodes] = field(default_factory=dict)

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
        if key not in self.keys:
            values = self.prepared.values[key.column]
            self.keys[key] = key_codes(self.document, key, values)
        return self.keys[key]


@dataclass
class _Chunk:
    """A chunk under the conditions of the components, each looked at once."""

    tallying: Tallying
    chunk: Chunk
    chosen: dict[tuple[Filter, ...], NDArray[np.int64]] = field(default_factory=dict)
    places: dict[tuple[object, ...], Places] = field(default_factory=dict)

    def values(self, component: Component) -> NDArray[np.generic]:
        """Return one component's exact values in this chunk, pairs for distinct codes."""
        rows, chunk = self._chosen(component.where), self.chunk
        if component.known is not None:
            rows = rows[chunk.known[component.known][rows]]
        if component.amounts is not None:
            rows = rows[chunk.known[component.amounts.column][rows]]
            places = self._places(component, rows)
            return sum_amounts(places, _clipped(chunk, component.amounts)[rows])
        if component.bins is not None:
            rows = rows[chunk.known[component.bins.column][rows]]
            return self._binned(component, component.bins, rows)
        places = self._places(component, rows)
        if component.statistic == "people":
            return count_people(places, chunk.person[rows], self._most_places(component))
        if component.codes is not None:
            return find_pairs(places, self._more(component.codes, places, rows))
        return count_places(places)

    def _chosen(self, where: tuple[Filter, ...]) -> NDArray[np.int64]:
        """Return which records conditions and bounds let count."""
        if where not in self.chosen:
            marks = np.ones(len(self.chunk.person), dtype=bool)
            for condition in where:
                values = self.tallying.prepared.values[condition.column]
                let_in = passing(self.tallying.document, condition, values)
                marks &= let_in[self.chunk.codes[condition.column]]
            self.chosen[where] = self._bounded(marks)
        return self.chosen[where]

    def _bounded(self, marks: Mask) -> NDArray[np.int64]:
        most = self.tallying.most
        if self.tallying.bounding == "stored":
            return np.flatnonzero(marks & up_to_rank(self.chunk, most))
        rows = np.flatnonzero(marks)
        return rows[first_of(self.chunk.person[rows], most)]

    def _places(self, component: Component, rows: NDArray[np.int64]) -> Places:
        columns = component.known, component.amounts and component.amounts.column
        name = component.group_by, component.where, *columns
        if component.bins is not None or name not in self.places:
            keys = [
                (self.tallying.codes(key), self.chunk.codes[key.column][rows])
                for key in component.group_by
            ]
            self.places[name] = place(len(rows), keys)
        return self.places[name]

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
        keys = [
            (self.tallying.codes(key), self.chunk.codes[key.column][rows])
            for key in component.group_by
        ]
        each = KeyCodes(bins.count, np.arange(bins.count, dtype=np.int64))
        counts = count_places(place(len(rows), [*keys, (each, number)]))
        return counts.reshape(-1, bins.count)


def _clipped(chunk: Chunk, amounts: Amounts) -> NDArray[np.int64]:
    return np.clip(chunk.amounts[amounts.column], amounts.low, amounts.high) - amounts.offset


def _added(total: NDArray[np.generic] | None, more: NDArray[np.generic]) -> NDArray[np.generic]:
    if total is None:
        return more
    added: NDArray[np.generic] = np.add(total, more)  # of booleans: whether either is true
    return added


def _finished(total: NDArray[np.generic], component: Component) -> Exact:
    """Turn pairs into counts, and bins into nodes; everything into Python integers."""
    if component.codes is not None:
        return total[:, : -len(BESIDES)].sum(axis=1).astype(object)  # declared codes alone
    if component.bins is not None:
        counted: Exact = node_counts(total.astype(object), component.bins).reshape(-1)
        return counted
    return total.astype(object)
