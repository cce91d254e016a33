"""A load with its report and its corrections written into files, also where it is refused."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from gateway.errors import IngestError, OutputError
from gateway.files import atomic_write
from gateway.loading import load_dataset
from gateway.outputs import csv_file
from gateway.submissions.quality_reports import MEDIA_TYPES, quality_report, write_report
from gateway.submissions.trends import read_quality_report

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.control import Progress
    from gateway.loading import Load
    from gateway.submissions.quality_reports import QualityReport, ReportFormat

FORMATS = tuple(MEDIA_TYPES)
DIFF_FORMATS = ("csv", "json")
DIFF_COLUMNS = ("file", "row", "column", "from", "to", "kind", "confidence")


@dataclass(frozen=True)
class Outputs:
    """Where a load's report and the diff of its corrections go; None for nowhere.

    Attributes:
        report: ends with one of `FORMATS`. corrections: with one of `DIFF_FORMATS`.
        language: of the report.
    """

    report: Path | None = None
    corrections: Path | None = None
    language: str = "en"

    @classmethod
    def at(cls, report: str, corrections: str, language: str) -> Outputs:
        """Take paths as texts, empty for nowhere."""
        report_path, diff_path = (Path(one) if one else None for one in (report, corrections))
        return cls(report_path, diff_path, language)


def load_and_report(
    context: Context, load: Load, outputs: Outputs, progress: Progress
) -> dict[str, Any]:
    """Load files, and write what is told about them.

    Raises:
        OutputError: a file's name ends with none of the formats; nothing was loaded.
        WeirError: as `load_dataset`; where the files were refused, their report is written too.
    """
    _check_ending(outputs.report, FORMATS)
    _check_ending(outputs.corrections, DIFF_FORMATS)

    def show(rows: list[dict[str, Any]]) -> None:
        if outputs.corrections is not None:
            atomic_write(outputs.corrections, diff_bytes(rows, _ending(outputs.corrections)))

    try:
        result = load_dataset(context, load, progress, show)
    except IngestError as error:
        declared = context.registry.dataset(load.dataset)
        if declared is not None:
            _write(quality_report(declared.document, error.report.as_dict()), outputs)
        raise
    if outputs.report is not None:
        _write(read_quality_report(context, result["submission"]), outputs)
    return result


def diff_bytes(rows: list[dict[str, Any]], ending: str) -> bytes:
    """Return a diff as CSV or JSON; in CSV no cell starts a formula.

    Args:
        rows: `Corrections.as_rows()`.
        ending: one of `DIFF_FORMATS`.
    """
    if ending == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1).encode()
    columns = {
        name: pa.array([str(row[name]) for row in rows], pa.string()) for name in DIFF_COLUMNS
    }
    out = io.BytesIO()
    csv_file.write([pa.table(columns)], out, title="")
    return out.getvalue()


def _write(report: QualityReport, outputs: Outputs) -> None:
    if outputs.report is not None:
        fmt = cast("ReportFormat", _ending(outputs.report))  # it was checked before
        atomic_write(outputs.report, write_report(report, fmt, outputs.language))


def _ending(path: Path) -> str:
    return path.suffix.removeprefix(".").lower()


def _check_ending(path: Path | None, known: tuple[str, ...]) -> None:
    if path is not None and _ending(path) not in known:
        raise OutputError(f"{path.name} must end with one of: .{', .'.join(known)}")
