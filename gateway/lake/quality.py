"""Quality rules of a dataset, checked on a load's records before they come into the lake.

What breaks a rule of severity `error` is left out like any other refused row: its word on consent
stays, as far as it takes back, and nothing else of it is kept. Warnings are counted on what is
left. One query for each rule.

Guarantee:
    What is found is a function of the load and of what the same contributor gave before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gateway.lake.cell_tallies import ROW_BITS, code_rows
from gateway.lake.engine import literal
from gateway.lake.leaving_out import ROW, leave_out
from gateway.lake.quality_rules import Looked, gaps_query, rows_query
from gateway.lake.tables import table_path
from policies.documents.quality import OF_WHOLE_FILES
from policies.quality.scores import Tally, required_columns, score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gateway.lake.leaving_out import Checked
    from gateway.lake.records import Intake
    from policies.documents import QualityRule
    from policies.quality.scores import Score


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
    leave_out(checked, out)
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
        theirs = rows[rows >> ROW_BITS == ordinal] & ROW
        if len(theirs):
            findings.add(kind, file.name, theirs, columns, rule.rule)
