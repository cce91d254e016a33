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


def combined(columns: Sequence[Distinct]) -> tuple[list[tuple[int, ...]], NDArray[np.int64]]:
    """Return the combinations that occur in rows, and which of them each row holds.

    Args:
        columns: at least one, all of n rows.

    Returns:
        Combinations as places in the columns' `texts`; and (n,) places in that list.
    """
    codes, size = columns[0].where, len(columns[0].texts)
    for column in columns[1:]:
        if size > _MOST_CODES // len(column.texts):
            known, codes = np.unique(codes, return_inverse=True)
            size = len(known)
        codes = codes * len(column.texts) + column.where
        size *= len(column.texts)
    _, first, where = np.unique(codes, return_index=True, return_inverse=True)
    places = [column.where[first].tolist() for column in columns]
    return list(zip(*places, strict=True)), where.astype(np.int64)
