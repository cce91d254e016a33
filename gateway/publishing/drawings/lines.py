"""Lines over time: one, or small ones side by side on the same scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.charts import BLUE, RED
from gateway.publishing.drawings.base import (
    Drawing,
    accuracy,
    heading,
    largest,
    point,
    whiskers,
)
from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.publishing.naming import Names
    from gateway.publishing.rises import Rise
    from gateway.publishing.series import Series

MOST, COLUMNS = 12, 3
ROOM = 1.12  # above the highest interval, for a mark
WIDTH, PANEL_WIDTH = 620, 200
_LETTER, _GAP = 6.0, 16  # pixels that a letter of a label takes, and those between two labels


def lines(name: str, title: str, series: Series, names: Names, periods: Sequence[str]) -> Drawing:
    """Draw a series whose one key is time."""
    values = [point(series.cells[period,], names, period=period) for period in periods]
    measure, key = names.measure(series), names.column(series.keys[0])
    spec = {
        "title": heading(title, f"{measure}: {accuracy(series, names)}"),
        "width": WIDTH,
        "height": 260,
        "data": {"values": values},
        **_line(key, measure, values),
    }
    top = max(periods, key=lambda period: series.cells[period,].value)
    ends = names.say(
        "ends",
        first=periods[0],
        first_value=names.between(series.cells[periods[0],]),
        last=periods[-1],
        last_value=names.between(series.cells[periods[-1],]),
        top=top,
        top_value=names.between(series.cells[top,]),
    )
    facts = {"measure": measure, "key": key, "first": periods[0], "last": periods[-1]}
    return Drawing(name, spec, names.say("alt_lines", **facts, ends=ends))


def panels(  # noqa: PLR0913 - a drawing of two keys is named by all of these
    name: str,
    title: str,
    series: Series,
    names: Names,
    *,
    time: int,
    periods: Sequence[str],
    rises: Sequence[Rise] = (),
) -> Drawing:
    """Draw a series of time and another key: the largest of its forms, and where rises are."""
    other = 1 - time
    sizes = dict.fromkeys(series.forms(other), 0.0)
    for forms, cell in series.cells.items():
        sizes[forms[other]] += cell.value if forms[time] in periods else 0
    risen = {rise.form for rise in rises}
    order = sorted(sizes, key=lambda form: (form in SPECIAL, form not in risen, -sizes[form]))
    shown = sorted(order[:MOST], key=lambda form: (form in SPECIAL, -sizes[form]))
    marks = {(rise.form, rise.period) for rise in rises}
    values = [
        point(
            series.cells[(period, form) if time == 0 else (form, period)],
            names,
            period=period,
            panel=names.form(form),
            rise=(form, period) in marks,
        )
        for form in shown
        for period in periods
    ]
    measure, key = names.measure(series), names.column(series.keys[other])
    mark = names.say("rise_mark") if rises else ""
    spec = {
        "title": heading(title, f"{measure}: {accuracy(series, names)}", mark),
        "data": {"values": values},
        "columns": COLUMNS,
        "facet": {
            "field": "panel",
            "type": "nominal",
            "title": None,
            "sort": [names.form(form) for form in shown],
            "header": {"labelFontSize": 12, "labelFontWeight": "bold", "labelAnchor": "start"},
        },
        "spec": {
            "width": PANEL_WIDTH,
            "height": 105,
            **_line(names.column(series.keys[time]), measure, values, small=True),
        },
    }
    facts = {"measure": measure, "time": names.column(series.keys[time]), "key": key}
    named = ", ".join(names.form(form) for form in shown)
    within = series.only(lambda forms: forms[time] in periods)
    alt = names.say("alt_panels", **facts, names=named, largest=largest(within, names))
    cut = names.say("panels_shown", shown=len(shown), all=len(sizes))
    return Drawing(name, spec, alt, (cut,) if len(shown) < len(sizes) else ())


def labelled_periods(periods: Sequence[str], width: int) -> list[str]:
    """Return the periods whose names stand below an axis: as many as don't touch, evenly."""
    longest = max(map(len, periods), default=1)
    room = max(1, int(width / (longest * _LETTER + _GAP)))
    every = -(-len(periods) // room)
    return [period for number, period in enumerate(periods) if number % every == 0]


def _line(
    time: str, measure: str, values: Sequence[dict[str, Any]], *, small: bool = False
) -> dict[str, Any]:
    """Return the layers of one line: what noise may have moved, the values, rises."""
    periods = list(dict.fromkeys(value["period"] for value in values))
    ends = (min(value["low"] for value in values), max(value["high"] for value in values))
    axis = {
        "labelAngle": 0,
        "title": None if small else time,
        "values": labelled_periods(periods, PANEL_WIDTH if small else WIDTH),
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None if small else measure,
        "scale": {"domain": [min(0, ends[0]), max(1, ends[1]) * ROOM], "nice": True},
        **({"axis": {"tickCount": 4}} if small else {}),
    }
    triangle = {"type": "point", "shape": "triangle-up", "color": RED, "size": 70, "yOffset": -13}
    return {
        "encoding": {
            "x": {"field": "period", "type": "ordinal", "sort": None, "axis": axis},
        },
        "layer": [
            *whiskers("y"),
            {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {"y": y}},
            {"mark": {"type": "point", "size": 26, "color": BLUE}, "encoding": {"y": y}},
            {
                "transform": [{"filter": "datum.rise"}],
                "mark": {**triangle, "opacity": 1},
                "encoding": {"y": {"field": "high", "type": "quantitative"}},
            },
        ],
    }
