"""Filters as people write them on a command line.

`"state in CA,TX"` · `"reported_on from 2024-01-01 to 2024-12-31"` · `"age from 18"` · `"age to 17"`
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.client.errors import WhereError

Condition = dict[str, str | list[str]]
Where = Sequence[str | Mapping[str, Any]]

_ONE_OF = re.compile(r"(?P<column>\w+)\s+in\s+(?P<values>\S.*)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(
    r"(?P<column>\w+)(?:\s+from\s+(?P<first>\S+))?(?:\s+to\s+(?P<last>\S+))?", re.IGNORECASE
)


def read_conditions(where: Where | None) -> list[Mapping[str, Any]] | None:
    """Return filters as the gateway reads them, whichever way each was written."""
    if where is None:
        return None
    return [parse_where(one) if isinstance(one, str) else one for one in where]


def parse_where(text: str) -> Condition:
    """Read one filter.

    Values stay text: the gateway knows each column's type and says what it can't read. A value
    that holds a comma stands in double quotes.

    Args:
        text: `COLUMN in VALUE,VALUE`, or `COLUMN from VALUE to VALUE` with either end left out.

    Raises:
        WhereError: it reads neither way.
    """
    stripped = text.strip()
    if one_of := _ONE_OF.fullmatch(stripped):
        return {"column": one_of["column"], "in": _split(one_of["values"], text)}
    between = _RANGE.fullmatch(stripped)
    if between is None or (between["first"] is None and between["last"] is None):
        raise _unreadable(text)
    ends = {"from": between["first"], "to": between["last"]}
    return {"column": between["column"]} | {name: end for name, end in ends.items() if end}


def _split(values: str, text: str) -> list[str]:
    try:
        (row,) = csv.reader([values], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError) as error:
        raise _unreadable(text) from error
    cleaned = [value.strip() for value in row]
    if not all(cleaned):
        raise _unreadable(text)
    return cleaned


def _unreadable(text: str) -> WhereError:
    return WhereError(
        f"{text!r} is no filter; write 'state in CA,TX' or "
        "'reported_on from 2024-01-01 to 2024-12-31' (either end may be left out)"
    )
