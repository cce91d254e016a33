"""What every drawing is, and the marks that several of them use."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.charts import BLUE, INK
from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.charts import Spec
    from gateway.publishing.naming import Names
    from gateway.publishing.series import Cell, Forms, Series

PALER = "#b9cede"
"""For what can't be told from none."""

SHADES = ("#cfe1ee", "#a3c4db", "#739fc0", "#447ba4", "#1d4e74")
"""From few to many: one hue that darkens, also on paper and for who sees no red or green."""

FAINT = "#5f666c"
"""For figures that noise explains: still dark enough to be read."""

_LINE, _LARGEST = 88, 3
_LETTER = 6  # pixels that a letter of a name takes
_BAND = re.compile(r"(\d+)(?:$|[-+])")


@dataclass(frozen=True)
class Drawing:
    """One picture.

    Attributes:
        name: of its file, without an ending.
        spec: Vega-Lite; its data stand inside it.
        alt: what it shows, in words.
        notes: below it.
    """

    name: str
    spec: Spec
    alt: str
    notes: tuple[str, ...] = ()


def heading(title: str, *lines: str) -> dict[str, Any]:
    """Return a title of as many lines as it takes."""
    below = [part for line in lines if line for part in textwrap.wrap(line, _LINE)]
    return {"text": textwrap.wrap(title, _LINE), **({"subtitle": below} if below else {})}


def accuracy(series: Series, names: Names, otherwise: str = "lines_show") -> str:
    """Say how accurate every value is, where all are alike; else where that is to be seen."""
    width = series.half_width
    return names.say("each", width=names.number(width)) if width else names.say(otherwise)


def point(cell: Cell, names: Names, **more: object) -> dict[str, Any]:
    """Return a value as a drawing holds it."""
    return {
        **more,
        "value": cell.value,
        "low": cell.value if cell.low is None else cell.low,
        "high": cell.value if cell.high is None else cell.high,
        "clear": cell.is_clear(),
        "text": names.number(cell.value),
    }


def ordered(series: Series) -> list[Forms]:
    """Return the cells by their values, the largest first, special forms last."""
    return sorted(
        series.cells, key=lambda forms: (bool(SPECIAL & set(forms)), -series.cells[forms].value)
    )


def labelled(title: str | None, labels: Iterable[str], limit: int = 300) -> dict[str, Any]:
    """Return an axis of names: its title stands above them, where no long name runs into it.

    Room is made for the longest, in whatever face the reader's machine has.
    """
    room = min(limit, round(_LETTER * max(map(len, labels), default=0)))
    above = {"titleAngle": 0, "titleAlign": "right", "titleBaseline": "bottom"}
    return {
        "title": title,
        "labelLimit": limit,
        "minExtent": room,
        **above,
        "titleX": -6,
        "titleY": -6,
    }


def in_order(forms: Sequence[str], sizes: Mapping[str, float]) -> list[str]:
    """Return the forms of a key as a drawing shows them.

    Bands of numbers and periods keep their own order; codes stand by size, the largest first;
    special forms are last.
    """
    named = [form for form in forms if form not in SPECIAL]
    special = [form for form in forms if form in SPECIAL]
    if all(_BAND.match(form) for form in named):
        return sorted(named, key=lambda form: (int(_BAND.match(form)[1]), form)) + special  # type: ignore[index]
    return sorted(named, key=lambda form: -sizes[form]) + special


def largest(series: Series, names: Names) -> str:
    """Say which cells are the largest."""
    named = [forms for forms in ordered(series) if not SPECIAL & set(forms)][:_LARGEST]
    items = [
        f"{', '.join(map(names.form, forms))} {names.between(series.cells[forms])}"
        for forms in named
    ]
    return names.say("largest", items="; ".join(items)) if items else ""


def colored(field: str = "clear") -> dict[str, Any]:
    """Return blue for what noise alone would hardly show, and a paler one for the rest."""
    return {"condition": {"test": f"datum.{field}", "value": BLUE}, "value": PALER}


def whiskers(along: str, ends: Sequence[str] = ("low", "high")) -> list[dict[str, Any]]:
    """Return the marks of an interval: a line with a short stroke at each end.

    Args:
        along: `x` or `y`, the axis of the values.
        ends: the fields of its ends.
    """
    low, high = ends
    encoding = {along: {"field": low, "type": "quantitative"}, f"{along}2": {"field": high}}
    turned = 0 if along == "y" else 90
    stroke = {"type": "point", "shape": "stroke", "filled": False, "color": INK, "size": 36}
    return [
        {"mark": {"type": "rule", "color": INK, "strokeWidth": 1}, "encoding": encoding},
        *(
            {
                "mark": {**stroke, "angle": turned, "strokeWidth": 1, "opacity": 1},
                "encoding": {along: {"field": end, "type": "quantitative"}},
            }
            for end in ends
        ),
    ]
