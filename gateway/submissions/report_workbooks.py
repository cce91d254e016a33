"""A quality report as a workbook: a summary, the problems, their rows, the columns, the trend."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from gateway.messages import render
from gateway.outputs.xlsx_file import write_sheets
from gateway.submissions.report_words import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.lake.report import Problem
    from gateway.submissions.quality_reports import QualityReport

SEVERITIES = ("errors", "warnings", "proposals", "repairs")
POINTS = pa.decimal128(6, 1)
SHARE = pa.decimal128(5, 1)
NUMBER = pa.int64()
TEXT = pa.string()


def workbook(report: QualityReport, language: str) -> bytes:
    """Return the workbook in a language; no cell of it holds a formula."""
    words = Wording(report, language)
    sheets = {
        "summary": _summary(words),
        "problems": _problems(words),
        "places": _places(words),
        "columns": _columns(words),
        "trend": _trend(words),
    }
    out = io.BytesIO()
    write_sheets({words.say(f"sheet_{name}"): one for name, one in sheets.items()}, out)
    return out.getvalue()


def _summary(words: Wording) -> pa.Table:
    report, score = words.report, words.report.score
    facts = [
        (words.say("heading"), words.title()),
        (words.say("received"), report.day),
        (words.say("rows"), str(report.rows)),
        (words.say("part_taken"), str(report.taken)),
        (words.say("refused_rows"), str(report.refused)),
    ]
    facts += [
        (words.say("nothing_taken"), render(one, words.language)) for one in report.objections
    ]
    if score is not None:
        facts.append((words.say("score"), words.say("points", points=words.number(score.points))))
        facts += [
            (words.say(f"part_{one.part}"), f"{one.good} / {one.of} * {one.weight}")
            for one in score.parts
        ]
        facts.append((words.say("score"), words.say("definition")))
    facts += [(words.say("file"), file.name) for file in report.files]
    return _table(words, {"fact": TEXT, "value": TEXT}, facts)


def _problems(words: Wording) -> pa.Table:
    rows = [
        (words.say(f"severity_{name}"), words.label(one.column), one.count, words.message(one))
        for name, one in _each(words.report)
    ]
    kinds = {"severity": TEXT, "column": TEXT, "count": NUMBER, "what": TEXT}
    return _table(words, kinds, rows)


def _places(words: Wording) -> pa.Table:
    rows = [
        (place.file, place.row, words.label(one.column), words.say(f"severity_{name}"), one.kind)
        for name, one in _each(words.report)
        for place in one.places
    ]
    kinds = {"file": TEXT, "row": NUMBER, "column": TEXT, "severity": TEXT, "what": TEXT}
    return _table(words, kinds, sorted(rows))


def _columns(words: Wording) -> pa.Table:
    rows = [
        (words.label(one.column), _percent(one.complete_share), _percent(one.invalid_share))
        for one in words.report.columns
    ]
    return _table(words, {"column": TEXT, "complete": SHARE, "invalid": SHARE}, rows)


def _trend(words: Wording) -> pa.Table:
    report = words.report
    rows = [(one.day, one.rows, _tenths(one.points)) for one in report.trend]
    if report.score is not None:
        rows.append(
            (report.day or words.say("this_one"), report.rows, _tenths(report.score.points))
        )
    return _table(words, {"received": TEXT, "rows": NUMBER, "score": POINTS}, rows)


def _each(report: QualityReport) -> Iterator[tuple[str, Problem]]:
    for name in SEVERITIES:
        yield from ((name, one) for one in getattr(report, name))


def _percent(share: float) -> Decimal:
    return _tenths(share * 100)


def _tenths(value: float) -> Decimal:
    return Decimal(f"{value:.1f}")


def _table(
    words: Wording, kinds: dict[str, pa.DataType], rows: Sequence[tuple[object, ...]]
) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    arrays = [pa.array(one, kind) for one, kind in zip(columns, kinds.values(), strict=True)]
    return pa.table(arrays, names=[words.say(name) for name in kinds])
