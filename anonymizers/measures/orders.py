"""Whether a column's values stand on a line, and where: numbers and ISO dates do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.measures.coded import Coded

_DATE = r"^\d{4}-\d{2}(-\d{2})?$"


def ranks(column: Coded) -> NDArray[np.int64] | None:
    """Return the place of each value in their order, from 0, and -1 for no known value.

    Equal numbers have one place however they are written. None where a known value is neither
    number nor date, or there is none.
    """
    known = column.known
    line = _on_a_line(column.values.filter(pa.array(known)))
    if line is None:
        return None
    places = np.full(len(known), -1, dtype=np.int64)
    places[known] = np.unique(line, return_inverse=True)[1]
    return places


def _on_a_line(texts: pa.Array) -> NDArray[np.float64] | NDArray[np.str_] | None:
    if not len(texts):
        return None
    if pc.all(pc.match_substring_regex(texts, _DATE)).as_py():
        return np.array(texts.to_pylist())
    try:
        numbers: NDArray[np.float64] = texts.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers if np.isfinite(numbers).all() else None
