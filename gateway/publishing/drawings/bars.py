"""Bars: one for each form of a key, the largest first, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.publishing.drawings.base import (
    Drawing,
    accuracy,
    colored,
    heading,
    in_order,
    labelled,
    largest,
    point,
    whiskers,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.publishing.naming import Names
    from gateway.publishing.series import Forms, Series

MOST = 30
WIDTH, STEP = 520, 21


def bars(name: str, title: str, series: Series, names: Names) -> Drawing:
    """Draw a series of one key."""
    sizes = {forms[0]: float(cell.value) for forms, cell in series.cells.items()}
    shown = [(form,) for form in in_order(series.forms(0), sizes)[:MOST]]
    values = [point(series.cells[forms], names, label=names.form(forms[0])) for forms in shown]
    measure, key = names.measure(series), names.column(series.keys[0])
    x = {
        "field": "value",
        "type": "quantitative",
        "title": measure,
        "axis": {"grid": True},
        "scale": {"zero": True},
    }
    text = {
        "mark": {"type": "text", "align": "left", "dx": 7},
        "encoding": {"x": {"field": "high", "type": "quantitative"}, "text": {"field": "text"}},
    }
    spec = {
        "title": heading(title, f"{measure}: {accuracy(series, names)}"),
        "width": WIDTH,
        "height": {"step": STEP},
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": None,
                "axis": labelled(key, [value["label"] for value in values]),
            }
        },
        "layer": [
            {"mark": {"type": "bar", "height": 13}, "encoding": {"x": x, "color": colored()}},
            *whiskers("x"),
            text,
        ],
    }
    alt = names.say("alt_bars", measure=measure, key=key, largest=largest(series, names))
    return Drawing(name, spec, alt, _notes(series, shown, names))


def _notes(series: Series, shown: Sequence[Forms], names: Names) -> tuple[str, ...]:
    some = len(shown) < len(series.cells)
    cut = names.say("shown", shown=len(shown), all=len(series.cells)) if some else ""
    pale = all(series.cells[forms].is_clear() for forms in shown)
    return tuple(note for note in (cut, "" if pale else names.say("pale")) if note)
