"""Quality rules of a dataset, checked on a load's records before they come into the lake.

What breaks a rule of severity `error` is left out like any other refused row: its word on consent
stays, as far as it takes back, and nothing else of it is kept. Warnings are counted on what is
left. One query for each rule.

Guarantee:
    What is found is a function of the load and of what the same contributor gave before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gateway.lake.cell_tallies import ROW_BITS, code_rows
from gateway.lake.engine import literal, quoted
from gateway.lake.quality_rules import Looked, gaps_query, rows_query
from gateway.lake.records import IDENTIFIER
from gateway.lake.tables import table_path, value_columns
from policies.documents.quality import OF_WHOLE_FILES
from policies.quality.scores import Tally, required_columns, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from numpy.typing import NDArray

    from gateway.lake.connection import Lake
    from gateway.lake.gates import Door
    from gateway.lake.loading import Stage
    from gateway.lake.records import Intake
    from gateway.lake.sources import Facts
    from policies.documents import QualityRule
    from policies.quality.scores import Score

_ROW = (1 << ROW_BITS) - 1


@dataclass(frozen=True)
class Checked:
    """One load while its rules are checked: where its records are, and what was read of it."""

    lake: Lake
    vault: Door
    cursor: duckdb.DuckDBPyConnection
    stage: Stage
    intake: Intake
    files: Sequence[Facts]


def check_quality(checked: Checked) -> int:
    """Check the dataset's rules on the staged records, and leave out those that break an error.

    Returns:
        How many rows were left out.
    """
    rules = checked.intake.document.quality
    if not rules:
        return 0
    looked = _looked(checked)
    broken = [np.empty(0, np.int64)]
    for rule in (rule for rule in rules if rule.severity == "error"):
        rows = _rows(checked, rows_query(rule, looked))
        _note(checked, rule, f"rule-{rule.check}", rows)
        broken.append(rows)
    out = np.unique(np.concatenate(broken))
    _leave_out(checked, out)
    for rule in (rule for rule in rules if rule.severity == "warning"):
        _warn(checked, rule, looked)
    return len(out)


def score_of(intake: Intake) -> Score:
    """Return the score of what was read so far."""
    names = tuple(intake.document.columns)
    columns = intake.tallies.columns(names)
    broken = intake.rows_read - intake.tallies.rows  # rows that no record could be made of
    filled = sum(one.filled for one in columns)
    bad = sum(one.unreadable + one.unexpected for one in columns)
    required = set(required_columns(intake.document))
    taken = intake.rows_read - intake.rows_refused
    return score(
        Tally(
            rows=intake.rows_read,
            taken=taken,
            clean=taken - intake.tallies.remarked(),
            filled=filled + broken * len(names),
            valid=filled - bad,
            required=intake.rows_read * len(required),
            given=sum(one.filled for one in columns if one.column in required),
        ),
    )


def _looked(checked: Checked) -> Looked:
    document, submission = checked.intake.document, checked.intake.submission
    if submission.mode == "replace" or not checked.lake.has_table(document.dataset):
        return Looked(checked.stage.records, None, document)
    # Only its own: what others gave must not show in what it is told.
    earlier = (
        f"SELECT * FROM {table_path(document.dataset)} "
        f"WHERE weir_contributor = {literal(submission.contributor)} AND weir_record NOT IN "
        f"(SELECT weir_record FROM {checked.stage.records})"
    )
    return Looked(checked.stage.records, earlier, document)


def _warn(checked: Checked, rule: QualityRule, looked: Looked) -> None:
    rows = _rows(checked, rows_query(rule, looked))
    _note(checked, rule, f"rule-{rule.check}", rows)
    if rule.check not in OF_WHOLE_FILES:
        checked.intake.tallies.remark(rows)
    gaps = gaps_query(rule, looked)
    if gaps is not None:
        _note(checked, rule, "rule-gap", _rows(checked, gaps))


def _rows(checked: Checked, query: str) -> NDArray[np.int64]:
    found = checked.cursor.execute(query).to_arrow_table()
    files, rows = (found.column(number).to_numpy() for number in range(2))
    return code_rows(files, rows)


def _note(checked: Checked, rule: QualityRule, kind: str, rows: NDArray[np.int64]) -> None:
    intake = checked.intake
    findings = intake.refused if rule.severity == "error" else intake.warned
    columns = ", ".join(rule.columns)
    for ordinal, file in enumerate(checked.files):
        theirs = rows[rows >> ROW_BITS == ordinal] & _ROW
        if len(theirs):
            findings.add(kind, file.name, theirs, columns, rule.rule)


def _leave_out(checked: Checked, rows: NDArray[np.int64]) -> None:
    if not len(rows):
        return
    checked.intake.leave_out(rows)
    cursor, stage = checked.cursor, checked.stage
    files, numbers = (rows >> ROW_BITS).astype(np.int32), rows & _ROW
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
        records = _blobs(checked, f"SELECT weir_record FROM {stage.refused}")
        checked.vault.forget_texts(checked.intake.submission.id, records)


def _roots(table: str, names: Sequence[str]) -> str:
    return " UNION ".join(f"SELECT {quoted(name)} AS root FROM {table}" for name in names)


def _blobs(checked: Checked, query: str) -> pa.Array:
    return checked.cursor.execute(query).to_arrow_table().column(0).combine_chunks()
