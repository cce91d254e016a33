"""Tables for a page: the same noisy values as the drawings, for eyes and screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.publishing.drawings.base import ordered
from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.publishing.naming import Names
    from gateway.publishing.patterns import Pattern
    from gateway.publishing.rises import Rise
    from gateway.publishing.series import Series

MOST_ROWS, MOST_COLUMNS, MOST_MARKS = 60, 12, 25


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        labels: how many columns, from the left, name a row; the others are figures.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labels: int
    note: str = ""


def grid(
    series: Series,
    names: Names,
    caption: str,
    *,
    columns: Sequence[str] = (),
    rows: Sequence[str] = (),
) -> Grid:
    """Return the values of a series: two keys across and down, or a row for each cell.

    Args:
        series: of any number of keys.
        names: in the reader's language.
        caption: of the table.
        columns: forms of the second key that are shown, such as periods; none for all.
        rows: forms of the first key that are shown, in their order; none for all, by size.
    """
    if rows:
        series = series.only(lambda forms: forms[0] in rows)
    pair = 2
    if len(series.keys) == pair:
        shown = list(columns) or series.forms(1)
        if len(shown) <= MOST_COLUMNS:
            return _crossed(series, names, caption, shown, rows)
    cells = ordered(series)
    if rows:
        cells.sort(key=lambda forms: rows.index(forms[0]))
    cells = cells[:MOST_ROWS]
    said = names.say("value"), names.say("low"), names.say("high")
    return Grid(
        caption=f"{caption}: {names.measure(series)}",
        header=(*map(names.column, series.keys), *said),
        rows=tuple((*map(names.form, forms), *_figures(series, forms, names)) for forms in cells),
        labels=len(series.keys),
        note=_cut(len(cells), len(series.cells), names),
    )


def _crossed(
    series: Series, names: Names, caption: str, columns: Sequence[str], order: Sequence[str]
) -> Grid:
    lines = {
        form: [series.cells.get((form, column)) for column in columns] for form in series.forms(0)
    }
    sizes = {form: sum(cell.value for cell in line if cell) for form, line in lines.items()}
    by_size = sorted(sizes, key=lambda form: (form in SPECIAL, -sizes[form]))
    forms = (sorted(sizes, key=order.index) if order else by_size)[:MOST_ROWS]
    width = series.half_width
    alike = f" ({names.say('each', width=names.number(width))})" if width is not None else ""
    show = names.between if width is None else lambda cell: names.number(cell.value)
    return Grid(
        caption=f"{caption}: {names.measure(series)}{alike}",
        header=(names.column(series.keys[0]), *map(names.form, columns)),
        rows=tuple(
            (names.form(form), *("" if cell is None else show(cell) for cell in lines[form]))
            for form in forms
        ),
        labels=1,
        note=_cut(len(forms), len(sizes), names),
    )


def rises_grid(rises: Sequence[Rise], names: Names, caption: str) -> Grid:
    """Return the marked rises, the largest first."""
    said = ("place", "period", "was", "now", "least_rise")
    return Grid(
        caption=caption,
        header=tuple(map(names.say, said)),
        rows=tuple(
            (
                names.form(rise.form),
                rise.period,
                *map(names.number, (rise.was, rise.now, rise.least)),
            )
            for rise in rises[:MOST_MARKS]
        ),
        labels=2,
        note=_cut(min(len(rises), MOST_MARKS), len(rises), names),
    )


def patterns_grid(patterns: Sequence[Pattern], series: Series, names: Names, caption: str) -> Grid:
    """Return the patterns that stand out, the furthest first."""
    return Grid(
        caption=caption,
        header=(
            *map(names.column, series.keys),
            *map(names.say, ("count", "interval", "expected", "least_excess")),
        ),
        rows=tuple(
            (
                *map(names.form, pattern.forms),
                *_count(series, pattern, names),
                names.number(round(pattern.expected)),
                names.number(max(1, int(pattern.least))),
            )
            for pattern in patterns[:MOST_MARKS]
        ),
        labels=len(series.keys),
        note=_cut(min(len(patterns), MOST_MARKS), len(patterns), names),
    )


def _count(series: Series, pattern: Pattern, names: Names) -> tuple[str, str]:
    _, low, high = _figures(series, pattern.forms, names)
    return names.number(pattern.count), f"{low} - {high}"


def _figures(series: Series, forms: tuple[str, ...], names: Names) -> tuple[str, str, str]:
    cell = series.cells[forms]
    ends = ("" if end is None else names.number(end) for end in (cell.low, cell.high))
    return (names.number(cell.value), *ends)  # type: ignore[return-value]


def _cut(shown: int, there: int, names: Names) -> str:
    return names.say("shown", shown=shown, all=there) if shown < there else ""
