"""What must hold between the keys of one column of a dataset file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from policies.reasons import Reason

if TYPE_CHECKING:
    from policies.documents.columns import ColumnDocument

Kinds = Mapping[str, tuple[str, ...]]

DATA_ROLES = ("quasi_identifier", "sensitive", "insensitive")
ORDERED_LADDERS = ("date", "date-week", "age", "number")
TOP = "*"
RESERVED_PREFIX = "weir_"
LONGEST_NAME = 63

LADDER_TYPES: Kinds = MappingProxyType(
    {
        "date": ("date", "timestamp"),
        "date-week": ("date", "timestamp"),
        "age": ("integer",),
        "number": ("integer", "decimal"),
        "codes": ("string",),
        "us-state": ("string",),
        "country": ("string",),
        "us-postcode": ("string",),
        "us-county": ("string",),
        "city": ("string",),
        "point": ("point",),
    },
)
OWN_LADDER_TYPES = ("string", "integer")
ROLE_TYPES: Kinds = MappingProxyType(
    {
        "direct_identifier": ("string",),
        "free_text": ("string",),
        "consent": ("string",),
        "consent_end": ("date",),
        "funding": ("string",),
        "share_with": ("string",),
        "share_for": ("string",),
    },
)
# Keys that mean something only in columns of these types, of these roles, or beside another key.
KEY_TYPES: Kinds = MappingProxyType(
    {
        "codes": ("string",),
        "unit": ("integer", "decimal"),
        "scale": ("decimal",),
        "timezone": ("timestamp",),
    },
)
KEY_ROLES: Kinds = MappingProxyType(
    {
        "domain": ("direct_identifier",),
        "normalize": ("direct_identifier",),
        "ladder": DATA_ROLES,
        "bounds": DATA_ROLES,
        "codes": DATA_ROLES,
        "says_nothing": ("sensitive",),
    },
)
KEY_NEEDS = MappingProxyType(
    {"region": "normalize", "widths": "ladder", "multiple": "codes", "max_codes": "multiple"},
)


def column_problems(column: ColumnDocument) -> Iterator[Reason]:
    """Yield what doesn't fit together in a column; paths are relative to it."""
    yield from _misplaced_keys(column)
    yield from _role_problems(column)
    yield from _ladder_problems(column)
    yield from _bound_problems(column)
    yield from _width_problems(column)
    yield from _text_problems(column)


def column_name_problems(names: tuple[str, ...]) -> Iterator[Reason]:
    """Yield names that a table or a file's header can't carry safely."""
    seen: dict[str, str] = {}
    for name in names:
        path = f"columns.{name}"
        if len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
            yield Reason("column-name-not-plain", {"path": path, "limit": str(LONGEST_NAME)})
        if name.casefold().startswith(RESERVED_PREFIX):
            yield Reason("column-name-reserved", {"path": path, "prefix": RESERVED_PREFIX})
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            yield Reason("columns-alike", {"path": path, "column": name, "other": first})


def _misplaced_keys(column: ColumnDocument) -> Iterator[Reason]:
    for key, types in KEY_TYPES.items():
        if getattr(column, key) is not None and column.type not in types:
            params = {"path": key, "key": key, "type": column.type, "allowed": ", ".join(types)}
            yield Reason("key-not-for-type", params)
    for key, roles in KEY_ROLES.items():
        if getattr(column, key) not in (None, ()) and column.role not in roles:
            params = {"path": key, "key": key, "role": column.role, "allowed": ", ".join(roles)}
            yield Reason("key-not-for-role", params)
    for key, other in KEY_NEEDS.items():
        if getattr(column, key) is not None and getattr(column, other) is None:
            yield Reason("key-needs-key", {"path": key, "key": key, "other": other})


def _role_problems(column: ColumnDocument) -> Iterator[Reason]:
    types = ROLE_TYPES.get(column.role, (column.type,))
    if column.type not in types:
        params = {"path": "type", "role": column.role, "allowed": ", ".join(types)}
        yield Reason("type-not-for-role", params)
    if column.role == "direct_identifier" and column.domain is None:
        yield Reason("missing-key", {"path": "domain", "key": "domain"})
    if column.role == "quasi_identifier" and column.ladder_name is None:
        yield Reason("missing-key", {"path": "ladder", "key": "ladder"})


def _ladder_problems(column: ColumnDocument) -> Iterator[Reason]:
    ladder = column.ladder
    if ladder is None:
        return
    yield from ladder_type_problems("ladder", column, LADDER_TYPES.get(ladder, (column.type,)))
    if ladder == "codes" and column.codes is None:
        yield Reason("missing-key", {"path": "codes", "key": "codes"})
    if ladder in ORDERED_LADDERS and column.bounds is None:
        yield Reason("missing-key", {"path": "bounds", "key": "bounds"})
    if ladder == "number" and column.widths is None:
        yield Reason("missing-key", {"path": "widths", "key": "widths"})
    if ladder != "number" and column.widths is not None:
        yield Reason(
            "key-needs-key", {"path": "widths", "key": "widths", "other": "ladder: number"}
        )


def ladder_type_problems(
    path: str, column: ColumnDocument, types: tuple[str, ...]
) -> Iterator[Reason]:
    """Yield a reason when the column's ladder can't climb values of its type."""
    if column.type not in types:
        params = {"path": path, "ladder": str(column.ladder), "allowed": ", ".join(types)}
        yield Reason("ladder-not-for-type", params)


def _bound_problems(column: ColumnDocument) -> Iterator[Reason]:
    # Both bounds were read by the same reader, so they compare.
    if column.bounds is not None and not column.bounds[0] < column.bounds[1]:  # type: ignore[operator]
        yield Reason("bounds-backwards", {"path": "bounds"})


def _width_problems(column: ColumnDocument) -> Iterator[Reason]:
    widths = column.widths or ()
    if any(width <= 0 for width in widths):
        yield Reason("must-be-above", {"path": "widths", "limit": "0"})
        return
    for finer, coarser in itertools.pairwise(widths):
        if coarser <= finer or coarser % finer:
            params = {"path": "widths", "finer": str(finer), "coarser": str(coarser)}
            yield Reason("widths-not-nested", params)


def _text_problems(column: ColumnDocument) -> Iterator[Reason]:
    for value in column.says_nothing:
        if column.codes is not None and value not in column.codes:
            yield Reason("says-nothing-unlisted", {"path": "says_nothing", "value": value[:80]})
    if TOP in (column.codes or ()):
        yield Reason("code-reserved", {"path": "codes", "code": TOP})
    if column.multiple is not None and len(column.multiple) != 1:
        yield Reason("separator-not-one-character", {"path": "multiple"})
    if column.region is not None and not re.fullmatch("[A-Z]{2}", column.region):
        yield Reason("region-not-country", {"path": "region", "value": column.region[:80]})
