"""Leaving out rows that were read, staged, and then refused: nothing of them stays in the vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gateway.lake.cell_tallies import ROW_BITS
from gateway.lake.engine import quoted
from gateway.lake.records import IDENTIFIER
from gateway.lake.tables import value_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from numpy.typing import NDArray

    from gateway.lake.connection import Lake
    from gateway.lake.gates import Door
    from gateway.lake.loading import Stage
    from gateway.lake.records import Intake
    from gateway.lake.sources import Facts

ROW = (1 << ROW_BITS) - 1


@dataclass(frozen=True)
class Checked:
    """One load while its rules are checked: where its records are, and what was read of it."""

    lake: Lake
    vault: Door
    cursor: duckdb.DuckDBPyConnection
    stage: Stage
    intake: Intake
    files: Sequence[Facts]


def leave_out(checked: Checked, rows: NDArray[np.int64]) -> None:
    """Refuse staged rows; what they take back of a consent stays said.

    Args:
        checked: the load.
        rows: their codes (`cell_tallies.code_rows`).
    """
    if not len(rows):
        return
    checked.intake.leave_out(rows)
    cursor, stage = checked.cursor, checked.stage
    files, numbers = (rows >> ROW_BITS).astype(np.int32), rows & ROW
    cursor.register("broken", pa.table({"weir_file": files, "weir_row": numbers}))
    theirs = "WHERE (weir_file, weir_row) IN (SELECT (weir_file, weir_row) FROM broken)"
    cursor.execute(f"CREATE TEMP TABLE {stage.refused} AS FROM {stage.records} {theirs}")
    try:
        cursor.execute(f"DELETE FROM {stage.records} {theirs}")
        cursor.execute(f"UPDATE {stage.statements} SET weir_refused = true {theirs}")
        _forget(checked)
    finally:
        cursor.unregister("broken")
        cursor.execute(f"DROP TABLE {stage.refused}")


def _forget(checked: Checked) -> None:
    """Take out of the vault what only refused rows brought: nobody's record is behind it."""
    document, stage = checked.intake.document, checked.stage
    columns = [name for name, one in document.columns.items() if one.role == IDENTIFIER]
    by_domain: dict[str, list[str]] = {}
    for name in columns:
        by_domain.setdefault(document.columns[name].domain or name, []).append(name)
    for domain, names in by_domain.items():
        gone, kept = (_roots(table, names) for table in (stage.refused, stage.records))
        roots = _blobs(checked, f"({gone}) EXCEPT ({kept})")
        checked.vault.forget_identifiers(checked.intake.submission.id, domain, roots)
    if len(value_columns(document)) < len(document.columns):
        kept = f"SELECT weir_record FROM {stage.records}"
        records = _blobs(checked, f"SELECT weir_record FROM {stage.refused} EXCEPT {kept}")
        checked.vault.forget_texts(checked.intake.submission.id, records)


def _roots(table: str, names: Sequence[str]) -> str:
    return " UNION ".join(f"SELECT {quoted(name)} AS root FROM {table}" for name in names)


def _blobs(checked: Checked, query: str) -> pa.Array:
    return checked.cursor.execute(query).to_arrow_table().column(0).combine_chunks()
