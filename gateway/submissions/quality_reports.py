"""Quality reports: how good a contributor's file is, and how that changes over its submissions.

Guarantee:
    A report names kinds, files, rows, columns and counts, never a value. It is a function of what
    this contributor sent and of the dataset's declaration: no snapshot, sequence number or count
    of anybody else's records is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from gateway.lake.report import Place, Problem
from policies.quality.scores import Part, Score
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policies.documents import DatasetDocument

ReportFormat = Literal["json", "html", "xlsx"]
MEDIA_TYPES: Mapping[ReportFormat, str] = MappingProxyType(
    {
        "json": "application/json",
        "html": "text/html; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)


@dataclass(frozen=True)
class TrendPoint:
    """An earlier submission of the same contributor to the same dataset, and its score.

    Attributes:
        day: it was received on, as an ISO date in UTC.
    """

    day: str
    points: float
    rows: int


@dataclass(frozen=True)
class FileRead:
    """A file of the submission: what it turned out to be, and columns that weren't read."""

    name: str
    format: str
    encoding: str
    delimiter: str
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True)
class ColumnQuality:
    """One column's cells.

    Attributes:
        rows: records that were read. filled: cells that hold anything.
        unreadable: of these, what refused its record; unexpected: what was taken with a remark.
    """

    column: str
    rows: int
    filled: int
    unreadable: int
    unexpected: int

    @property
    def complete_share(self) -> float:
        """The share of records with a value, 0 to 1; 1 where there are none."""
        return self.filled / self.rows if self.rows else 1.0

    @property
    def invalid_share(self) -> float:
        """The share of values that can't be read or aren't expected, 0 to 1."""
        return (self.unreadable + self.unexpected) / self.filled if self.filled else 0.0


@dataclass(frozen=True)
class QualityReport:
    """What a contributor is told about one submission.

    Attributes:
        submission: its id. day: it was received on, as an ISO date in UTC; '' where nobody knows.
        taken, refused: rows; updated: of those taken, that replaced the contributor's own record.
        objections: why nothing at all was taken; empty otherwise.
        errors: what left rows out. warnings: what was taken, but should be looked at.
        repairs: cells that were corrected. proposals: cells that could be.
        score: None where no row was read.
        trend: earlier submissions, oldest first.
        labels: of columns, titles: of quality rules; by name, then by language.
    """

    dataset: str
    dataset_title: Mapping[str, str]
    submission: str
    day: str
    files: tuple[FileRead, ...]
    rows: int
    taken: int
    updated: int
    refused: int
    objections: tuple[Reason, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    repairs: tuple[Problem, ...]
    proposals: tuple[Problem, ...]
    columns: tuple[ColumnQuality, ...]
    score: Score | None
    trend: tuple[TrendPoint, ...]
    labels: Mapping[str, Mapping[str, str]]
    titles: Mapping[str, Mapping[str, str]]


def quality_report(
    document: DatasetDocument,
    stored: Mapping[str, Any],
    day: str = "",
    trend: Sequence[TrendPoint] = (),
) -> QualityReport:
    """Return the report of a submission.

    Args:
        document: the dataset it was checked against.
        stored: `IngestReport.as_dict()`, as it was sealed.
        day: it was received on.
        trend: from `read_trend`.
    """
    return QualityReport(
        dataset=document.dataset,
        dataset_title=document.title,
        submission=stored["submission"],
        day=day,
        files=tuple(map(_file, stored["files"])),
        rows=stored["rows_read"],
        taken=stored["accepted"],
        updated=stored["updated"],
        refused=stored["rows_refused"],
        objections=tuple(Reason(one["rule"], one["params"]) for one in stored["problems"]),
        errors=tuple(map(_problem, stored["refused"])),
        warnings=tuple(map(_problem, stored["warnings"])),
        repairs=tuple(map(_problem, stored.get("repairs", ()))),
        proposals=tuple(map(_problem, stored.get("proposals", ()))),
        columns=tuple(ColumnQuality(**one) for one in stored.get("columns", ())),
        score=read_score(stored),
        trend=tuple(trend),
        labels={name: column.label for name, column in document.columns.items()},
        titles={rule.rule: rule.title for rule in document.quality},
    )


def read_score(stored: Mapping[str, Any]) -> Score | None:
    """Return the score of a sealed report; None where it has none."""
    score = stored.get("score")
    if not score or not stored["rows_read"]:
        return None
    return Score(score["points"], tuple(Part(**part) for part in score["parts"]))


def write_report(report: QualityReport, fmt: ReportFormat, language: str) -> bytes:
    """Return a report as a file.

    The same report gives the same bytes.

    Args:
        report: of one submission.
        fmt: `json` (canonical), `html` (one page) or `xlsx` (a workbook).
        language: en or es.
    """
    if fmt == "html":
        from gateway.submissions.report_pages import page

        return page(report, language)
    if fmt == "xlsx":
        from gateway.submissions.report_workbooks import workbook

        return workbook(report, language)
    from gateway.submissions.report_json import report_json

    return report_json(report, language)


def _file(plain: Mapping[str, Any]) -> FileRead:
    return FileRead(
        plain["name"],
        plain["format"],
        plain["encoding"],
        plain["delimiter"],
        tuple(plain["ignored_columns"]),
    )


def _problem(plain: Mapping[str, Any]) -> Problem:
    places = tuple(Place(**place) for place in plain["places"])
    return Problem(plain["kind"], plain["column"], plain["count"], places, plain.get("rule", ""))
