"""The values of a protected sensitive column: coded for the engine, in their order, as texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.unknown_values import known_values
from anonymizers.value_counts import NOT_KNOWN
from gateway.lake.lookups import Lookup
from gateway.outputs.cells import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.documents import ColumnDocument


@dataclass(frozen=True)
class SensitiveValues:
    """The known values of one column as they are released.

    Attributes:
        lookup: codes of stored values, in the order of `texts`; NOT_KNOWN for NULL, unknown and
            other.
        texts: known values as files write them: numbers and dates as they rise, codes in the
            order of their list.
    """

    lookup: Lookup
    texts: tuple[str, ...]


def sensitive_values(
    column: ColumnDocument, stored: pa.Array, released: pa.Array
) -> SensitiveValues:
    """Code a column's values.

    Args:
        column: as declared, with the values of its own that say nothing.
        stored: its distinct values, rising.
        released: what each leaves as, in the same order.
    """
    released = as_text(pa.chunked_array([released])).combine_chunks()
    known = known_values(released, column.says_nothing)
    met = list(dict.fromkeys(released.filter(known).to_pylist()))
    texts = tuple(_in_order(met, column.codes) if column.codes else met)
    numbers = {text: number for number, text in enumerate(texts)}
    told = known.to_pylist()
    codes = [
        numbers[text] if says else NOT_KNOWN
        for text, says in zip(released.to_pylist(), told, strict=True)
    ]
    return SensitiveValues(Lookup(stored, np.array(codes, dtype=np.int32)), texts)


def _in_order(met: Sequence[str], codes: Sequence[str]) -> list[str]:
    """Sort codes as they are listed; cells with several come after them, and have no order."""
    places = {code: place for place, code in enumerate(codes)}
    return sorted(met, key=lambda text: (places.get(text, len(codes)), text))
