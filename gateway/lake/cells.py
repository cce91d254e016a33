"""Cells: text becomes a value of its declared type, or a problem with a name.

Each distinct text of a batch is read once. What can't be read refuses its record; what can be
read but isn't expected (an unknown code, a value out of bounds) is kept and counted. Only the
end of a consent is never refused: one that can't be read has come, for leaving the row out would
leave in force what the person said before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from anonymizers.ladders.catalogue import place_ladder
from anonymizers.ladders.points import PointError, parse_point
from gateway.lake.tables import DECIMAL_DIGITS, scale_of
from policies.documents.dataset import PLACE_LADDERS
from policies.plans import ConsentLevel

if TYPE_CHECKING:
    from policies.documents import ColumnDocument

Marks = Mapping[str, NDArray[np.bool_]]

_INTEGER = re.compile(r"([+-]?[0-9]{1,18})(?:\.0+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,30})?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
)
ENDED = date.min  # the end of a consent whose end can't be read
_BOOLEANS: Mapping[str, bool] = MappingProxyType(
    {
        **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
        **dict.fromkeys(("false", "f", "no", "n", "0"), False),
    },
)


class CellError(ValueError):
    """A text that isn't a value of its column; carries the kind of the problem alone."""


@dataclass(frozen=True)
class Column:
    """A batch of one column's values.

    Attributes:
        values: typed, NULL where the cell is empty or can't be read.
        refused: kind → (rows,) records that this column refuses.
        warned: kind → (rows,) cells that are kept and counted.
    """

    values: pa.Array
    refused: Marks = field(default_factory=lambda: MappingProxyType({}))
    warned: Marks = field(default_factory=lambda: MappingProxyType({}))


def trimmed(texts: pa.Array) -> pa.Array:
    """Return texts without outer blanks; an empty one is NULL."""
    bare = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)


def read_column(texts: pa.Array, column: ColumnDocument, zone: ZoneInfo) -> Column:
    """Read one column of a batch.

    Args:
        texts: trimmed strings.
        column: its declaration.
        zone: the home's, for timestamps of columns that name none.
    """
    if column.type == "string" and column.role != "consent" and not _is_listed(column):
        return Column(texts, _nul_bytes(texts))
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    reader = _reader(column, zone)
    read = [_try(reader, text) for text in distinct]
    if column.role == "consent_end":
        read = [ENDED if isinstance(value, CellError) else value for value in read]
    values = [None if isinstance(value, CellError) else value for value in read]
    refused = [str(value) if isinstance(value, CellError) else "" for value in read]
    warned = [_unexpected(value, column) for value in values]
    return Column(
        pa.array(values, arrow_type(column)).take(encoded.indices),
        _spread(refused, encoded.indices),
        _spread(warned, encoded.indices),
    )


def _is_listed(column: ColumnDocument) -> bool:
    """Answer whether a list says which values are expected: codes, or a table of places."""
    return bool(column.codes) or column.ladder in PLACE_LADDERS


def _nul_bytes(texts: pa.Array) -> Marks:
    marks = np.asarray(pc.fill_null(pc.match_substring(texts, "\0"), fill_value=False), dtype=bool)
    return {"nul-byte": marks} if marks.any() else {}


def _try(reader: Callable[[str], Any], text: str) -> Any:
    if "\0" in text:
        return CellError("nul-byte")
    try:
        return reader(text)
    except CellError as error:
        return error


def _spread(kinds: list[str], indices: pa.Array) -> Marks:
    """Turn the kind of each distinct text into marks on rows."""
    where = indices.fill_null(len(kinds)).to_numpy()
    each = np.array([*kinds, ""], dtype=object)
    return {kind: (each == kind)[where] for kind in sorted(set(kinds) - {""})}


def _reader(column: ColumnDocument, zone: ZoneInfo) -> Callable[[str], Any]:
    readers: Mapping[str, Callable[[str], Any]] = {
        "integer": _integer,
        "decimal": _decimal_reader(scale_of(column)),
        "date": _date,
        "timestamp": _timestamp_reader(ZoneInfo(column.timezone) if column.timezone else zone),
        "boolean": _boolean,
        "point": _point,
    }
    return readers.get(column.type, str)


def arrow_type(column: ColumnDocument) -> pa.DataType:
    """Return what the lake keeps a column's values as."""
    types = {
        "integer": pa.int64(),
        "decimal": pa.decimal128(DECIMAL_DIGITS, scale_of(column)),
        "date": pa.date32(),
        "timestamp": pa.date32(),
        "boolean": pa.bool_(),
    }
    return types.get(column.type, pa.string())


def _integer(text: str) -> int:
    found = _INTEGER.fullmatch(text)
    if not found:
        raise CellError("not-an-integer")
    return int(found[1])


def _decimal_reader(scale: int) -> Callable[[str], Decimal]:
    """Read decimals; digits beyond the declared scale are rounded, half to even."""
    step = Decimal(1).scaleb(-scale)

    def read(text: str) -> Decimal:
        if not _DECIMAL.fullmatch(text):
            raise CellError("not-a-number")
        return Decimal(text).quantize(step, ROUND_HALF_EVEN)

    return read


def _date(text: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise CellError("not-a-date") from None


def _timestamp_reader(zone: ZoneInfo) -> Callable[[str], date]:
    """Read timestamps as the date they have in the zone; without an offset they are in it."""

    def read(text: str) -> date:
        try:
            moment = datetime.fromisoformat(text if _TIMESTAMP.fullmatch(text) else "")
            return (moment.astimezone(zone) if moment.tzinfo else moment).date()
        except (ValueError, OverflowError):
            raise CellError("not-a-timestamp") from None

    return read


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.casefold()]
    except KeyError:
        raise CellError("not-a-boolean") from None


def _point(text: str) -> str:
    """Read a point in its one spelling: `latitude,longitude`."""
    try:
        return parse_point(text)
    except PointError:
        raise CellError("not-a-point") from None


def _unexpected(value: Any, column: ColumnDocument) -> str:
    """Return the kind of warning for a value, '' for none."""
    if value is None:
        return ""
    if column.role == "consent_end":
        return "consent-end-unreadable" if value == ENDED else ""
    if column.bounds and not column.bounds[0] <= value <= column.bounds[1]:
        return "out-of-bounds"
    if column.role == "consent":
        return "" if value.casefold() in get_args(ConsentLevel) else "unknown-consent"
    return _unlisted(value, column)


_UNKNOWN_PLACES = {
    "us-postcode": "unknown-postcode",
    "us-state": "unknown-region",
    "country": "unknown-region",
}


def _unlisted(value: Any, column: ColumnDocument) -> str:
    if column.ladder in PLACE_LADDERS:
        known = place_ladder(column.ladder).knows(value)
        return "" if known else _UNKNOWN_PLACES.get(column.ladder, "unknown-place")
    if column.codes is None:
        return ""
    parts = value.split(column.multiple) if column.multiple else [value]
    known = all(part in column.codes for part in map(str.strip, parts) if part)
    return "" if known else "unknown-code"
