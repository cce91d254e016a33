"""The codebook: what each released column means, and what was done to it."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from gateway.outputs import csv_file

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class CodebookRow:
    """One released column, as the partner reads of it.

    Attributes:
        column: its name in the file.
        label: what people call it.
        meaning: what it says.
        type: of the values as released.
        protection: quasi-identifier, sensitive attribute, token, or none.
        released_as: how it was changed: kept, coarsened, pseudonymized.
        level: of its ladder; empty where it has none.
        values: which values can occur.
        missing: how a missing value looks.
    """

    column: str
    label: str
    meaning: str
    type: str
    protection: str
    released_as: str
    level: str
    values: str
    missing: str


def write_codebook(rows: Sequence[CodebookRow], out: BinaryIO) -> None:
    """Write the codebook as CSV, one line for each column, in the order given."""
    names = [field.name for field in fields(CodebookRow)]
    cells = [astuple(row) for row in rows]
    columns = [
        pa.array([row[place] or None for row in cells], type=pa.string())
        for place in range(len(names))
    ]
    csv_file.write([pa.table(columns, names=names)], out, title="codebook")
