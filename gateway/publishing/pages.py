"""The page of a report: HTML without a script, that a strict content security policy lets pass."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from gateway.publishing.naming import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.publishing.drawings.base import Drawing
    from gateway.publishing.grids import Grid
    from gateway.publishing.naming import Names
    from gateway.publishing.sections import Section

ANSWERS, CODEBOOK, PAGE, STYLE = "answers.json", "codebook.csv", "index.html", "style.css"


@dataclass(frozen=True)
class About:
    """What a page says of its report as a whole.

    Attributes:
        guarantee: of the answer; manifest: parsed.
        until: periods that end later aren't shown, as an ISO date.
    """

    title: str
    text: str
    guarantee: Mapping[str, Any]
    manifest: Mapping[str, Any]
    until: str


def page(about: About, sections: Sequence[Section], names: Names) -> str:
    """Return the page; pictures and tables lie beside it."""
    links = "".join(
        f'<li><a href="#{escape(one.name)}">{escape(one.title)}</a></li>' for one in sections
    )
    parts = [
        f"<h1>{escape(about.title)}</h1>",
        _paragraphs([about.text]),
        _contents(links, names),
        *(_section(one, names) for one in sections),
        _protection(about, names),
    ]
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{names.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(about.title)}</title>\n<link rel="stylesheet" href="{STYLE}">\n'
        "</head>\n<body>\n<main>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )


def _contents(links: str, names: Names) -> str:
    title, how = escape(names.say("contents")), escape(names.say("how"))
    return f'<nav><h2>{title}</h2><ul>{links}<li><a href="#how">{how}</a></li></ul></nav>'


def _section(section: Section, names: Names) -> str:
    files = "; ".join(f'<a href="{escape(file)}">{escape(file)}</a>' for file in section.files)
    every = words(names.language)["every_row"].format(file=files)  # the links are escaped already
    parts = [
        f"<h2>{escape(section.title)}</h2>",
        _paragraphs([section.about]),
        *map(_figure, section.drawings),
        _paragraphs(section.sentences),
        *map(_grid, section.grids),
        f"<p>{every}</p>" if files else "",
    ]
    return f'<section id="{escape(section.name)}">\n' + "\n".join(parts) + "\n</section>"


def _figure(drawing: Drawing) -> str:
    notes = " ".join(drawing.notes)
    caption = f"<figcaption>{escape(notes)}</figcaption>" if notes else ""
    picture = f'<img src="charts/{escape(drawing.name)}.svg" alt="{escape(drawing.alt)}">'
    return f"<figure>{_scrolling(drawing.name, picture)}{caption}</figure>"


def _scrolling(label: str, content: str) -> str:
    """Return what is wider than a small screen in a box that scrolls, by finger or by key."""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(label)}">{content}</div>'
    )


def _grid(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in grid.header)
    rows = "\n".join(_row(row, grid.labels) for row in grid.rows)
    note = _paragraphs([grid.note])
    table = (
        f'<table aria-label="{escape(grid.caption)}">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )
    return (
        f'<figure class="table"><figcaption>{escape(grid.caption)}</figcaption>'
        f"{_scrolling(grid.caption, table)}{note}</figure>"
    )


def _row(row: Sequence[str], labels: int) -> str:
    cells = [
        f'<th scope="row">{escape(cell)}</th>' if number < labels else f"<td>{escape(cell)}</td>"
        for number, cell in enumerate(row)
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _protection(about: About, names: Names) -> str:
    """Say how people are protected: first for everybody, then for specialists."""
    guarantee, manifest = about.guarantee, about.manifest
    records = guarantee.get("max_records_per_person")
    citation = manifest.get("citation")
    said = [
        names.say("how_plain"),
        names.say("how_small"),
        names.say("how_cases"),
        names.say("how_bounds", unit=_unit(guarantee, names), records=records) if records else "",
        names.say("until", until=about.until),
        names.say("how_technical", **_technical(guarantee, names)),
        names.say(
            "made",
            release=manifest.get("release", ""),
            dataset=manifest.get("dataset", ""),
            purpose=manifest.get("purpose", ""),
            snapshot=guarantee.get("snapshot", ""),
        ),
        names.say("citation", citation=_written(citation)) if citation else "",
        names.say("how_verify", file=ANSWERS),
        names.say("codebook", file=CODEBOOK),
    ]
    title = escape(names.say("how"))
    return f'<section id="how">\n<h2>{title}</h2>\n{_paragraphs(said)}\n</section>'


def _technical(guarantee: Mapping[str, Any], names: Names) -> dict[str, object]:
    priced = next((n for n in ("epsilon", "rho") if guarantee.get(n) is not None), "")
    delta = guarantee.get("delta")
    return {
        "mechanism": guarantee.get("mechanism", ""),
        "price": f"{priced} {guarantee.get(priced, '')}".strip(),
        "delta": f", delta {delta}" if delta else "",
        "unit": _unit(guarantee, names),
        "lifetime": (guarantee.get("lifetime") or {}).get("epsilon", ""),
        "file": ANSWERS,
    }


def _unit(guarantee: Mapping[str, Any], names: Names) -> str:
    """Return whom the guarantee is about, as people say it: not the column of its identifiers."""
    return names.unit(str(guarantee.get("neighbours", "")).removeprefix("add or remove one "))


def _written(citation: object) -> str:
    if isinstance(citation, dict):
        return ", ".join(str(part) for part in citation.values())
    return str(citation)


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(f"<p>{escape(text)}</p>" for text in texts if text)
