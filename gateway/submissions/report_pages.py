"""A quality report as one page: no script, nothing loaded, readable on a phone and on paper.

The page carries its style and a policy that lets nothing else in. Whoever serves it sends
`CONTENT_SECURITY_POLICY` as a header too: it names the style by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib import resources
from math import floor
from typing import TYPE_CHECKING

from gateway.messages import render
from gateway.submissions.report_words import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.lake.report import Problem
    from gateway.submissions.quality_reports import QualityReport
    from policies.quality.scores import Score

WIDTH, HEIGHT, EDGE = 320, 90, 8  # of the picture of the trend, in its own units
LIGHT, STRONG = "#d5dde3", "#1d4e74"


@cache
def page_style() -> str:
    """Return the style of the page."""
    file = resources.files("gateway.submissions") / "report.css"
    return file.read_text(encoding="utf-8")


@cache
def content_security_policy() -> str:
    """Return the policy of the page: its own style by its hash, and nothing else."""
    digest = hashlib.sha256(page_style().encode()).digest()
    return (
        f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'; "
        "base-uri 'none'; form-action 'none'"
    )


def page(report: QualityReport, language: str) -> bytes:
    """Return the page in a language."""
    words = Wording(report, language)
    heading = escape(words.say("heading"))
    parts = [
        f"<h1>{heading}</h1>",
        *_summary(words),
        *_scored(words),
        *_trend(words),
        *_problems("errors", report.errors, words),
        *_problems("warnings", report.warnings, words),
        *_problems("proposals", report.proposals, words),
        *(_problems("repairs", report.repairs, words) if report.repairs else ()),
        *_columns(words),
        *_files(words),
    ]
    text = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{content_security_policy()}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{page_style()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )
    return text.encode()


def _summary(words: Wording) -> Iterable[str]:
    report = words.report
    day = words.say("on_day", day=report.day) if report.day else ""
    yield _text(words.say("about", title=words.title(), submission=report.submission, day=day))
    if report.objections:
        yield f'<p class="stop">{escape(words.say("nothing_taken"))}</p>'
        told = (f"<li>{escape(render(one, words.language))}</li>" for one in report.objections)
        yield f"<ul>{''.join(told)}</ul>"
    elif report.rows:
        counts = {n: words.number(getattr(report, n)) for n in ("taken", "rows", "refused")}
        updated = words.say("summary_updated", updated=words.number(report.updated))
        yield _text(words.say("summary", **counts) + (f" {updated}" if report.updated else ""))
    yield _text(words.say("no_values"))


def _scored(words: Wording) -> Iterable[str]:
    score = words.report.score
    if score is None:
        return
    points = words.number(score.points)
    yield f"<h2>{escape(words.say('score'))}</h2>"
    alt = escape(words.say("score_alt", points=points))
    yield (
        f'<p class="score">{escape(words.say("points", points=points))}</p>'
        f'<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" '
        f'aria-label="{alt}">'
        f'<rect width="100" height="6" fill="{LIGHT}"/>'
        f'<rect width="{score.points:g}" height="6" fill="{STRONG}"/></svg>'
    )
    yield _table(
        words.say("score"), _heads(words, "part", "good", "of", "gives"), _parts(words, score)
    )
    yield f'<p class="note">{escape(words.say("definition"))}</p>'


def _parts(words: Wording, score: Score) -> list[tuple[str, ...]]:
    rows = [
        (
            words.say(f"part_{part.part}"),
            words.number(part.good),
            words.number(part.of),
            words.say(
                "gives_points",
                points=words.number(floor(part.points * 100) / 100, 2),
                weight=part.weight,
            ),
        )
        for part in score.parts
    ]
    total = words.say("points", points=words.number(score.points))
    return [*rows, (words.say("total"), "", "", total)]


def _trend(words: Wording) -> Iterable[str]:
    report = words.report
    if report.score is None:
        return
    yield f"<h2>{escape(words.say('trend'))}</h2>"
    if not report.trend:
        yield _text(words.say("trend_first"))
        return
    points = [*(one.points for one in report.trend), report.score.points]
    alt = escape(words.say("trend_alt", points=", ".join(map(words.number, points))))
    yield (
        f'<svg class="trend" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{alt}">'
        f'<path d="M0 {HEIGHT - EDGE}H{WIDTH}M0 {EDGE}H{WIDTH}" stroke="{LIGHT}"/>'
        f'<polyline points="{_line(points)}" fill="none" stroke="{STRONG}" stroke-width="2"/>'
        f"{''.join(_dots(points))}</svg>"
    )
    rows = [(one.day, words.number(one.rows), words.number(one.points)) for one in report.trend]
    rows.append((words.say("this_one"), words.number(report.rows), words.number(points[-1])))
    yield _table(words.say("trend"), _heads(words, "received", "rows", "score"), rows)


def _spots(points: Sequence[float]) -> list[tuple[float, float]]:
    step = (WIDTH - 2 * EDGE) / (len(points) - 1)
    height = HEIGHT - 2 * EDGE
    return [
        (round(EDGE + number * step, 1), round(HEIGHT - EDGE - height * one / 100, 1))
        for number, one in enumerate(points)
    ]


def _line(points: Sequence[float]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in _spots(points))


def _dots(points: Sequence[float]) -> Iterable[str]:
    return (f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="{STRONG}"/>' for x, y in _spots(points))


def _problems(name: str, problems: Sequence[Problem], words: Wording) -> Iterable[str]:
    yield f'<h2 id="{name}">{escape(words.say(name))}</h2>'
    if not problems:
        yield _text(words.say("none"))
        return
    if name == "proposals":
        yield _text(words.say("proposals_about"))
    yield '<ul class="problems">'
    for problem in problems:
        column = words.label(problem.column)
        yield (
            f"<li><h3>{escape(column)} <span>{escape(words.number(problem.count))}</span></h3>"
            f"{_text(words.message(problem))}"
            f'<p class="where">{escape(words.places(problem))}</p></li>'
        )
    yield "</ul>"


def _columns(words: Wording) -> Iterable[str]:
    if words.report.columns:
        yield f"<h2>{escape(words.say('columns'))}</h2>"
        yield _text(words.say("columns_about"))
        rows = [
            (
                words.label(one.column),
                words.percent(one.complete_share),
                words.percent(one.invalid_share),
            )
            for one in words.report.columns
        ]
        yield _table(words.say("columns"), _heads(words, "column", "complete", "invalid"), rows)


def _files(words: Wording) -> Iterable[str]:
    if words.report.files:
        yield f"<h2>{escape(words.say('files'))}</h2>"
        yield "<ul>"
        for file in words.report.files:
            facts = ", ".join(filter(None, (file.name, file.format, file.encoding)))
            unread = ", ".join(file.ignored_columns)
            also = f" {words.say('unread', columns=unread)}." if unread else ""
            yield f"<li>{escape(f'{facts}.{also}')}</li>"
        yield "</ul>"


def _heads(words: Wording, *names: str) -> list[str]:
    return [words.say(name) for name in names]


def _table(label: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first cell of each row names it; wide ones scroll by themselves."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    named = escape(label)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{named}">'
        f'<table aria-label="{named}"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"
