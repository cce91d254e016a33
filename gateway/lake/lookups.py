"""Codes of a column's distinct values, put in the values' places.

A look-up in a batch, outside of the engine, costs a fifth of the engine's join, which carries every
other column along; the join is for records that the engine goes on working with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from gateway.errors import LakeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.backends.duckdb import Backend
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Lookup:
    """Codes of a column's distinct values.

    Attributes:
        values: n distinct values as stored, NULL among them where it occurs.
        codes: (n,) int32.
    """

    values: pa.Array
    codes: NDArray[Any] | pa.Array

    def of(self, column: pa.Array) -> pa.Array:
        """Return the code of each value, int32; NULL has a code like any value.

        Raises:
            LakeError: a value that isn't among the distinct ones.
        """
        places = pc.index_in(column, value_set=self.values.cast(column.type))
        if places.null_count:
            raise LakeError("the lake gave a value that it hadn't told of; ask again")
        return pa.array(self.codes, pa.int32()).take(places)


def distinct_values(backend: Backend, records: ibis.Table, column: str) -> pa.Array:
    """Return the distinct values of a column, sorted, NULL first where it occurs."""
    table = backend.to_pyarrow(records.select(value=records[column]).distinct().order_by("value"))
    return table.column("value").combine_chunks()


def with_codes(batch: pa.RecordBatch, lookups: Mapping[str, Lookup]) -> pa.RecordBatch:
    """Replace the values of some columns by their codes."""
    arrays = [
        lookups[name].of(array) if name in lookups else array
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def most_values(lookups: Mapping[str, Lookup]) -> int:
    """Return how many distinct values the largest look-up has: batches smaller than it are slow."""
    return max((len(lookup.values) for lookup in lookups.values()), default=0)


def join_codes(records: ibis.Table, lookups: Mapping[str, Lookup]) -> ibis.Table:
    """Replace the values of some columns by their codes; NULL has a code like any value."""
    for name, lookup in lookups.items():
        table = ibis.memtable(
            pa.table(
                {
                    "weir_value": lookup.values,
                    "weir_code": pa.array(lookup.codes, pa.int32()),
                },
            ),
        )
        value, known = records[name], table.weir_value
        same = value.identical_to(known) if lookup.values.null_count else value == known
        joined = records.inner_join(table, same)
        others = [column for column in records.columns if column != name]
        records = joined.select(*(joined[column] for column in others), **{name: joined.weir_code})
    return records
