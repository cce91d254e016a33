"""Patterns that stand out: what was counted, beside what the parts alone would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charts import BLUE, GREY
from gateway.publishing.drawings.base import Drawing, accuracy, heading, labelled, point, whiskers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.publishing.naming import Names
    from gateway.publishing.patterns import Pattern
    from gateway.publishing.series import Series

MOST, LONGEST = 15, 480


def standouts(
    name: str, title: str, series: Series, names: Names, patterns: Sequence[Pattern]
) -> Drawing:
    """Draw the patterns that stand out most; there is at least one."""
    values = [
        point(
            series.cells[pattern.forms],
            names,
            label=" + ".join(map(names.form, pattern.forms)),
            expected=round(pattern.expected, 1),
        )
        for pattern in patterns[:MOST]
    ]
    legend = {"domain": [names.say("count"), names.say("expected")], "range": [BLUE, GREY]}
    color = {"type": "nominal", "scale": legend, "legend": {"title": None, "orient": "top"}}
    x = {"type": "quantitative", "title": names.measure(series), "scale": {"zero": True}}
    dot = {"type": "point", "filled": True, "opacity": 1}
    spec = {
        "title": heading(title, f"{names.measure(series)}: {accuracy(series, names)}"),
        "width": 420,
        "height": {"step": 24},
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": None,
                "axis": labelled(None, [value["label"] for value in values], LONGEST),
            }
        },
        "layer": [
            *whiskers("x"),
            *(
                {
                    "mark": {**dot, "shape": shape, "size": size},
                    "encoding": {
                        "x": {"field": field, **x},
                        "color": {"datum": word, **color},
                    },
                }
                for field, word, shape, size in (
                    ("value", names.say("count"), "circle", 80),
                    ("expected", names.say("expected"), "diamond", 70),
                )
            ),
        ],
    }
    first = patterns[0]
    said = (
        f"{' + '.join(map(names.form, first.forms))}, "
        f"{names.between(series.cells[first.forms])}, "
        f"{names.say('expected')} {names.number(round(first.expected))}"
    )
    return Drawing(name, spec, names.say("alt_patterns", count=len(values), first=said))
