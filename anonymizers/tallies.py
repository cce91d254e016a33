"""Tallies: how many rows of a file have equal texts, counted batch by batch.

Memory grows with the distinct combinations of texts and with the distinct texts of each column,
never with the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PEOPLE, MINORS = "people", "minors"
BATCH_ROWS = 131_072
PENDING_ROWS = 1 << 20  # counted apart before they are merged: bounds memory, spares merges


class FileTally:
    """Counts the rows of one file by their texts, for several sets of columns at once."""

    def __init__(self, *sets: Sequence[str]) -> None:
        """Begin with nothing counted.

        Args:
            sets: of column names; each is tallied by itself.
        """
        self.rows = 0
        self._texts = {name: Texts(f"text {name}") for names in sets for name in names}
        self._tallies = [_Tally(self.keys(names)) for names in sets]

    def add(self, table: pa.Table, minors: NDArray[np.bool_]) -> None:
        """Count further rows.

        Args:
            table: has every column named once; NULL is a value of its own.
            minors: (rows,) who is a minor or of unknown age.
        """
        for start in range(0, table.num_rows, BATCH_ROWS):
            stop = start + BATCH_ROWS
            self._add_batch(table.slice(start, BATCH_ROWS), minors[start:stop])

    def _add_batch(self, batch: pa.Table, minors: NDArray[np.bool_]) -> None:
        columns = {texts.key: texts.codes(batch[name]) for name, texts in self._texts.items()}
        codes = pa.table({**columns, MINORS: minors.astype(np.int64)})
        for tally in self._tallies:
            tally.add(codes)
        self.rows += len(minors)

    def keys(self, names: Sequence[str]) -> list[str]:
        """Return what columns of texts are called in `counts`: a file's names might be any."""
        return [self._texts[name].key for name in dict.fromkeys(names)]

    def texts(self, name: str) -> pa.Array:
        """Return the distinct texts of a column, NULL among them where it occurs."""
        return self._texts[name].known

    def counts(self, number: int) -> pa.Table:
        """Return a row for each combination of a set: codes, `people`, `minors` (int64).

        A code is the place of the text in `texts`.
        """
        return self._tallies[number].counts()


class Texts:
    """The distinct texts of one column, numbered as they are met; NULL is one of them."""

    def __init__(self, key: str) -> None:
        """Begin without texts.

        Args:
            key: what a column of their numbers is called.
        """
        self.key, self.known = key, pa.array([], pa.string())

    def codes(self, column: pa.ChunkedArray) -> pa.Array:
        """Return the number of each text, int32, and take in those that weren't known."""
        values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if not pa.types.is_dictionary(values.type):
            values = values.cast(pa.string()).dictionary_encode()
        texts = values.dictionary.cast(pa.string())
        met = texts.take(pc.unique(values.indices))  # a dictionary may name what isn't there
        fresh = met.filter(pc.invert(pc.is_in(met, value_set=self.known)))
        self.known = pa.concat_arrays([self.known, pc.unique(fresh)])
        codes = pc.index_in(texts, value_set=self.known).take(values.indices)
        if codes.null_count:
            codes = codes.fill_null(self.known.to_pylist().index(None))
        return codes


class _Tally:
    """Counts people and minors of each combination of codes."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)
        self._parts: list[pa.Table] = []
        self._rows = self._merged_rows = 0

    def add(self, codes: pa.Table) -> None:
        """Count a batch of codes, with `minors`: 1 or 0 for each row."""
        counts = codes.group_by(self._keys, use_threads=False).aggregate(
            [([], "count_all"), (MINORS, "sum")]
        )
        self._parts.append(counts.rename_columns([*self._keys, PEOPLE, MINORS]))
        self._rows += counts.num_rows
        if self._rows > PENDING_ROWS + 2 * self._merged_rows:
            self._merge()

    def counts(self) -> pa.Table:
        """Return all counts, merged."""
        self._merge()
        return self._parts[0] if self._parts else self._nothing()

    def _merge(self) -> None:
        """Merge what was counted apart; once it has doubled, so that all merges are linear."""
        if self._parts:
            self._parts = [summed(pa.concat_tables(self._parts), self._keys, PEOPLE, MINORS)]
            self._rows = self._merged_rows = self._parts[0].num_rows

    def _nothing(self) -> pa.Table:
        codes = dict.fromkeys(self._keys, pa.int32())
        counts = dict.fromkeys((PEOPLE, MINORS), pa.int64())
        return pa.schema({**codes, **counts}).empty_table()


def summed(counts: pa.Table, keys: Sequence[str], *sums: str) -> pa.Table:
    """Group by some columns and sum others; the sums keep their columns' names.

    Without keys all rows are one group; without rows there is none.
    """
    if not counts.num_rows:
        return counts.select([*keys, *sums])
    grouped = counts.group_by(list(keys), use_threads=False).aggregate(
        [(name, "sum") for name in sums]
    )
    return grouped.rename_columns([*keys, *sums])
