"""Kept values: declared codes leave as they are, everything else in a coded column as `other`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.documents import ColumnDocument
    from policies.documents.columns import Bound


def kept_values(column: ColumnDocument, values: pa.Array) -> pa.Array:
    """Return values as they may leave under `keep`; NULL stays NULL.

    Where the column lists codes, what isn't one of them is released as `other`: a free value in
    a coded column could name anybody. In a cell with several codes each is looked up by itself,
    and they leave in the order of the list: `B;A` and `A;B` are one value, not two distinct ones.
    Where the column has bounds instead, a value beyond them is left empty.
    """
    if not column.codes:
        return _within(values, column.bounds)
    encoded = values.cast(pa.string()).dictionary_encode()
    found = encoded.dictionary.to_pylist()
    forms = [_cell(value, column.codes, column.multiple, column.max_codes) for value in found]
    return pc.take(pa.array(forms, pa.string()), encoded.indices)


def _within(values: pa.Array, bounds: Sequence[Bound] | None) -> pa.Array:
    """Leave out numbers and dates beyond the declared bounds: they are mistakes, or stand out."""
    if bounds is None:
        return values
    exact = pa.types.is_decimal(values.type)
    first, last = (pa.scalar(Decimal(str(bound)) if exact else bound) for bound in bounds)
    inside = pc.and_(pc.greater_equal(values, first), pc.less_equal(values, last))
    return pc.if_else(inside, values, pa.scalar(None, values.type))


def _cell(value: str, codes: Sequence[str], separator: str | None, most: int | None) -> str | None:
    parts = [value] if separator is None else [part.strip() for part in value.split(separator)]
    forms = {part if part in codes else OTHER for part in parts if part}
    listed = [code for code in dict.fromkeys((*codes, OTHER)) if code in forms]
    return (separator or "").join(listed[:most]) or None
