"""Columns as codes of their distinct values, the form in which everything here is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.unknown_values import known_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Coded:
    """One column.

    Attributes:
        codes: (rows,) int32; `values[codes[i]]` is the value of row i.
        values: distinct texts; the last is NULL where the column has one.
        says_nothing: those that count as unknown, besides those that always do.
    """

    codes: NDArray[np.int32]
    values: pa.Array
    says_nothing: Sequence[str] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """(values,) which of them say something: NULL, '', unknown and other don't."""
        known = known_values(self.values, self.says_nothing)
        marks: NDArray[np.bool_] = known.to_numpy(zero_copy_only=False)
        return marks

    def counts(self) -> NDArray[np.int64]:
        """Return how many rows have each value."""
        return np.bincount(self.codes, minlength=len(self.values)).astype(np.int64, copy=False)


def code(column: pa.ChunkedArray, says_nothing: Sequence[str] = ()) -> Coded:
    """Give each distinct text of a column a number; NULL is a value of its own.

    Args:
        column: texts, or what can be written as one.
        says_nothing: values that count as unknown, besides those that always do.
    """
    encoded = column.cast(pa.string()).dictionary_encode().unify_dictionaries().combine_chunks()
    values = encoded.dictionary
    if encoded.null_count:
        codes = pc.fill_null(encoded.indices, len(values))
        values = pa.concat_arrays([values, pa.nulls(1, pa.string())])
        return Coded(codes.to_numpy(), values, says_nothing)
    return Coded(encoded.indices.to_numpy(), values, says_nothing)


def code_together(
    first: pa.ChunkedArray, second: pa.ChunkedArray
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Give the texts of two columns the same numbers; return both, and how many there are."""
    chunks = [*first.cast(pa.string()).chunks, *second.cast(pa.string()).chunks]
    coded = code(pa.chunked_array(chunks, pa.string()))
    return coded.codes[: len(first)], coded.codes[len(first) :], len(coded.values)
