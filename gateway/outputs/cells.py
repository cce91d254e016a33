"""Cells: the one text form of every released value, and which columns can be released at all.

Numbers are written shortest (`5`, never `5.00`), dates as ISO 8601, timestamps as RFC 3339 in
UTC, truth as `true` and `false`. Every format reads back into exactly this form, so that what was
written can be compared and recounted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gateway.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

_TIMESTAMP_FORM = "%Y-%m-%dT%H:%M:%SZ"
BATCH_ROWS = 65_536


def check_writable(table: pa.Table) -> None:
    """Raise OutputError unless every column has a name of its own and a type that has a text.

    Floating-point numbers have no shortest form that all formats share: declare a decimal.
    """
    names = table.column_names
    if not names or len(set(names)) != len(names):
        raise OutputError("a released table needs columns, each with its own name: rename them")
    for field in table.schema:
        if not _has_text(_plain(field.type)):
            raise OutputError(f"column {field.name} has type {field.type}: cast it to text first")


def as_text_table(table: pa.Table) -> pa.Table:
    """Return the table with every value in its text form; NULL stays NULL.

    Raises:
        OutputError: a column has no text form.
    """
    check_writable(table)
    return pa.table([as_text(column) for column in table.columns], names=table.column_names)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column's values in their text form."""
    values = decoded(column)
    if pa.types.is_decimal(values.type):
        return each_distinct(values, shortest)
    if pa.types.is_timestamp(values.type):
        utc = values.cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
        return pc.strftime(utc, format=_TIMESTAMP_FORM)
    return values.cast(pa.string())


def shortest(number: Decimal) -> str:
    """Write a decimal number without exponent and without zeros at its end."""
    digits = format(number, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column without a dictionary, which could name values that aren't in it."""
    return column.cast(_plain(column.type))


def is_text(kind: pa.DataType) -> bool:
    """Say whether values of a type are text that somebody wrote, not numbers or dates."""
    plain = _plain(kind)
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def each_distinct(column: pa.ChunkedArray, form: Callable[[Any], str]) -> pa.ChunkedArray:
    """Write each distinct value once and put the texts in the values' places."""

    def texts(values: pa.Array) -> pa.Array:
        return pa.array([form(value) for value in values.to_pylist()], type=pa.string())

    return on_distinct(column, texts)


def on_distinct(
    column: pa.ChunkedArray, transform: Callable[[pa.Array], pa.Array]
) -> pa.ChunkedArray:
    """Transform the distinct values and put the results in the values' places; NULL stays."""
    encoded = column.combine_chunks().dictionary_encode()
    return pa.chunked_array([transform(encoded.dictionary).take(encoded.indices)])


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _has_text(kind: pa.DataType) -> bool:
    return any(
        check(kind)
        for check in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_integer,
            pa.types.is_decimal,
            pa.types.is_boolean,
            pa.types.is_date32,
            pa.types.is_timestamp,
            pa.types.is_null,
        )
    )
