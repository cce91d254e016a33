"""A heat map of two keys: the value stands in each cell, darker is more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charts import INK
from gateway.publishing.drawings.base import (
    FAINT,
    SHADES,
    Drawing,
    accuracy,
    heading,
    in_order,
    labelled,
    largest,
    point,
)

if TYPE_CHECKING:
    from gateway.publishing.naming import Names
    from gateway.publishing.series import Series

MOST_ROWS, MOST_COLUMNS = 40, 12
CELL_WIDTH, CELL_HEIGHT = 62, 23


def heat(name: str, title: str, series: Series, names: Names) -> Drawing:
    """Draw a series of two keys; the key with fewer forms goes across."""
    across = 0 if len(series.forms(0)) < len(series.forms(1)) else 1
    down = 1 - across
    rows = _largest_forms(series, down, MOST_ROWS)
    columns = _largest_forms(series, across, MOST_COLUMNS)
    top = max((cell.value for cell in series.cells.values()), default=1)
    values = [
        point(
            cell,
            names,
            row=names.form(forms[down]),
            column=names.form(forms[across]),
            dark=cell.value > 0.55 * top,
        )
        for forms, cell in series.cells.items()
        if forms[down] in rows and forms[across] in columns
    ]
    measure = names.measure(series)
    shade = {"type": "linear", "domain": [0, max(top, 1)], "range": [*SHADES], "clamp": True}
    ink = [{"test": "!datum.clear", "value": FAINT}, {"test": "datum.dark", "value": "white"}]
    spec = {
        "title": heading(title, f"{measure}: {accuracy(series, names, 'in_table')}"),
        "width": {"step": CELL_WIDTH},
        "height": {"step": CELL_HEIGHT},
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "row",
                "type": "nominal",
                "sort": [names.form(form) for form in rows],
                "axis": labelled(names.column(series.keys[down]), map(names.form, rows)),
            },
            "x": {
                "field": "column",
                "type": "nominal",
                "sort": [names.form(form) for form in columns],
                "axis": {
                    "title": names.column(series.keys[across]),
                    "orient": "top",
                    "labelAngle": -35,
                    "labelLimit": 170,
                },
            },
        },
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {
                    "color": {
                        "condition": {"test": "!datum.clear", "value": "white"},
                        "field": "value",
                        "type": "quantitative",
                        "scale": shade,
                        "legend": None,
                    }
                },
            },
            {
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {"text": {"field": "text"}, "color": {"condition": ink, "value": INK}},
            },
        ],
    }
    facts = {"rows": names.column(series.keys[down]), "columns": names.column(series.keys[across])}
    alt = names.say("alt_heat", measure=measure, **facts, largest=largest(series, names))
    shown, cells = len(rows) * len(columns), len(series.cells)
    cut = names.say("shown", shown=shown, all=cells) if shown < cells else ""
    pale = "" if all(value["clear"] for value in values) else names.say("pale")
    return Drawing(name, spec, alt, tuple(note for note in (cut, pale) if note))


def _largest_forms(series: Series, place: int, most: int) -> list[str]:
    sizes = dict.fromkeys(series.forms(place), 0.0)
    for forms, cell in series.cells.items():
        sizes[forms[place]] += cell.value
    return in_order(list(sizes), sizes)[:most]
