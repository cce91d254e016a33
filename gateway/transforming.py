"""Transforming: from stored values to those that leave, by what the plan says of each column."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.pseudonyms import ROOT, derive_key
from anonymizers.transforms.base import Everybody, Seen, Start
from anonymizers.transforms.watches import Promise, counted, token_promise
from gateway.release_values import kept_values
from policies.transforms import column_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.transforms.base import Change
    from gateway.keys import Keys
    from policies.documents import DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan

    Units = NDArray[np.int64]


class Transforms:
    """The transforms of one extract: they look at all rows that will leave, then change them.

    Guarantee: what is drawn depends on the partner, the dataset, the column, the parameters, the
    person and the value; never on the request, the snapshot or the policy's version, so that
    asking again gives the same draw. A move of dates depends on the agreement as well.

    Does not protect: where each row is one person and has no key, the same rows loaded again are
    new people, with draws of their own.
    """

    def __init__(self, keys: Keys, plan: ExtractPlan, dataset: DatasetDocument) -> None:
        """Take what decides; nothing is drawn yet."""
        self._secret, self._plan, self._dataset = keys.changes(), plan, dataset
        self._columns = {column.name: column for column in plan.columns}
        self._seen: dict[str, Seen] = {}
        self._everybody: defaultdict[str, list[tuple[Units, pa.Array]]] = defaultdict(list)
        self._cells: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._changes: dict[str, Change] = {}

    def look(self, rows: pa.Table) -> None:
        """Count the values of rows that will leave, for the transforms that need all of them."""
        for name, column in self._columns.items():
            if column.transform is None:
                continue
            if column.transform.needs_seen:
                units, _ = self._units(name, rows)
                self._seen[name] = _joined(self._seen.get(name), units)
            if column.transform.needs_cells:
                self._cells[name].update(self._texts(name, rows))
            if column.transform.needs_everybody:
                self._everybody[name].append(self._units(name, rows))

    def _texts(self, name: str, rows: pa.Table) -> dict[str, int]:
        """Count the people of each text that there is of a column."""
        kept = kept_values(self._dataset.columns[name], rows.column(name).combine_chunks())
        return dict(counted(pa.chunked_array([kept])))

    def _units(self, name: str, rows: pa.Table) -> tuple[Units, pa.Array]:
        """Return the values that there are of a column, and whose they are."""
        declared = self._dataset.columns[name]
        kept = kept_values(declared, rows.column(name).combine_chunks())
        units, present = column_grid(declared).units(kept)
        return units[present], rows.column("weir_person").combine_chunks().filter(present)

    def by_value(self, name: str, values: pa.Array) -> pa.Array:
        """Return what values are released as, where the value alone decides: l is counted on it."""
        return self.released(name, values, pa.nulls(len(values), ROOT))

    def released(self, name: str, values: pa.Array, people: pa.Array) -> pa.Array:
        """Return what leaves of one batch of a column.

        Args:
            name: of the column; neither a quasi-identifier nor a token.
            values: as stored.
            people: binary(16) roots of their people.
        """
        kept = kept_values(self._dataset.columns[name], values)
        if self._columns[name].transform is None:
            return kept
        if name not in self._changes:
            self._changes[name] = self._begin(self._columns[name])
        return self._changes[name](kept, people)

    def _begin(self, column: ColumnPlan) -> Change:
        assert column.transform is not None  # noqa: S101 - `released` asked
        people = self._everybody.pop(column.name, [])
        everybody = Everybody(
            np.concatenate([np.empty(0, np.int64), *(units for units, _ in people)]),
            pa.concat_arrays([pa.array([], ROOT), *(roots for _, roots in people)]),
        )
        nothing = Seen(np.empty(0, np.int64), np.empty(0, np.int64))
        seen = self._seen.pop(column.name, nothing)
        cells = self._cells.pop(column.name, Counter())
        return column.transform.begin(Start(self._key(column), seen, everybody, cells))

    def _key(self, column: ColumnPlan) -> bytes:
        """Derive the key of a column's draws.

        Not the agreement, but for moves of dates: a second agreement would be a second draw.
        """
        assert column.transform is not None  # noqa: S101 - as above
        together = column.transform.same_in_every_column
        return derive_key(
            self._secret,
            "weir change v1",
            self._plan.partner,
            self._plan.agreement if together else "",
            self._plan.dataset,
            "" if together else column.name,
            column.action,
            column.transform.draw,
        )


def promises(plan: ExtractPlan) -> tuple[Promise, ...]:
    """Return what each changed or pseudonymized column of the written file promises."""
    changed = [
        Promise(made.name, column.action, column.transform.watch)
        for column in plan.columns
        if column.transform is not None
        for made in column.file_columns
    ]
    tokens = [
        token_promise(column.name, column.domain)
        for column in plan.columns
        if column.action == "pseudonymize"
    ]
    return (*changed, *tokens)


def _joined(seen: Seen | None, units: Units) -> Seen:
    distinct, people = np.unique(units, return_counts=True)
    if seen is None:
        return Seen(distinct, people.astype(np.int64))
    together, place = np.unique(np.concatenate([seen.units, distinct]), return_inverse=True)
    summed = np.zeros(len(together), dtype=np.int64)
    np.add.at(summed, place, np.concatenate([seen.people, people]))
    return Seen(together, summed)
