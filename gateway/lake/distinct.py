"""Distinct texts of columns, and distinct rows of several: what is looked at once each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

_MOST_CODES = 2**62


@dataclass(frozen=True)
class Distinct:
    """A column of n texts as its m distinct ones, NULL the last of them.

    Attributes:
        texts: (m,) with None at the end, whether it occurs or not.
        where: (n,) which of them each row holds.
    """

    texts: tuple[str | None, ...]
    where: NDArray[np.int64]

    @classmethod
    def of(cls, texts: pa.Array) -> Distinct:
        """Encode a column of strings."""
        encoded = texts.dictionary_encode()
        known = encoded.dictionary.to_pylist()
        where = encoded.indices.fill_null(len(known)).to_numpy().astype(np.int64)
        return cls((*known, None), where)


def combined(columns: Sequence[Distinct]) -> NDArray[np.int64]:
    """Return a number for each row, equal where all of the columns are; none is negative.

    Args:
        columns: at least one, all of n rows.
    """
    codes, size = columns[0].where, len(columns[0].texts)
    for column in columns[1:]:
        if size > _MOST_CODES // len(column.texts):
            known, codes = np.unique(codes, return_inverse=True)
            size = len(known)
        codes = codes * len(column.texts) + column.where
        size *= len(column.texts)
    return codes


def first_rows(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of each different number, and (n,) which of these each row is like."""
    _, first, where = np.unique(codes, return_index=True, return_inverse=True)
    return first.astype(np.int64), where.astype(np.int64)
