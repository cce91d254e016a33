"""A quality report as canonical JSON: sorted keys, no blanks, UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.messages import render
from gateway.submissions.report_words import Wording
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.lake.report import Problem
    from gateway.submissions.quality_reports import ColumnQuality, QualityReport

DIGITS = 4  # of shares


def report_json(report: QualityReport, language: str) -> bytes:
    """Return the report; its messages are in the language, its keys are the same in all."""
    words = Wording(report, language)
    score = report.score
    return canonical_bytes(
        {
            "dataset": report.dataset,
            "submission": report.submission,
            "received_on": report.day,
            "files": [_plain_file(file) for file in report.files],
            "rows": report.rows,
            "taken": report.taken,
            "updated": report.updated,
            "refused": report.refused,
            "objections": [
                {"rule": one.rule, "message": render(one, language)} for one in report.objections
            ],
            "errors": _problems(report.errors, words),
            "warnings": _problems(report.warnings, words),
            "repairs": _problems(report.repairs, words),
            "proposals": _problems(report.proposals, words),
            "columns": [_column(column) for column in report.columns],
            "score": None
            if score is None
            else {
                "points": score.points,
                "definition": words.say("definition"),
                "parts": [
                    {"part": part.part, "good": part.good, "of": part.of, "weight": part.weight}
                    for part in score.parts
                ],
            },
            "trend": [
                {"received_on": one.day, "points": one.points, "rows": one.rows}
                for one in report.trend
            ],
            "language": language,
        }
    )


def _plain_file(file: Any) -> dict[str, Any]:
    return {
        "name": file.name,
        "format": file.format,
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "ignored_columns": list(file.ignored_columns),
    }


def _problems(problems: Iterable[Problem], words: Wording) -> list[dict[str, Any]]:
    return [
        {
            "kind": problem.kind,
            "rule": problem.rule,
            "column": problem.column,
            "count": problem.count,
            "places": [{"file": place.file, "row": place.row} for place in problem.places],
            "message": words.message(problem),
        }
        for problem in problems
    ]


def _column(column: ColumnQuality) -> dict[str, Any]:
    return {
        "column": column.column,
        "rows": column.rows,
        "filled": column.filled,
        "unreadable": column.unreadable,
        "unexpected": column.unexpected,
        "complete_share": round(column.complete_share, DIGITS),
        "invalid_share": round(column.invalid_share, DIGITS),
    }
