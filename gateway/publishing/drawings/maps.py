"""A map of one key of places: shaded by the noisy values, pale where noise is all there is."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.charts import GREY, INK, RED
from gateway.publishing.drawings.base import SHADES, Drawing, accuracy, heading, largest
from gateway.publishing.drawings.places import atlas, world_of
from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gateway.publishing.drawings.places import Atlas
    from gateway.publishing.naming import Names
    from gateway.publishing.series import Cell, Series

SMALLEST_LABELLED = 900.0  # square pixels of a place that its code fits into
_NAMED = 12
_BESIDE = MappingProxyType({"FL": (16, 0), "LA": (-9, 0), "MI": (9, 16), "ID": (0, 14)})
"""Where a code stands beside the centroid, because that lies in a bay or a narrow part."""


def place_map(  # noqa: PLR0913 - a map is named by all of these
    name: str,
    title: str,
    series: Series,
    names: Names,
    *,
    measure: str,
    risen: Collection[str] = (),
) -> Drawing | None:
    """Draw a series of one key whose forms are US states or countries; None where there's no map.

    Args:
        name: of its file.
        title: of its table.
        series: of one key.
        names: in the reader's language.
        measure: what is shown, in words.
        risen: forms where a rise is marked.
    """
    world = world_of(series.forms(0))
    drawn = atlas(world) if world else None
    if drawn is None:
        return None
    limits = _limits([cell.value for cell in series.cells.values() if cell.is_clear()])
    bands = _bands(limits, names)
    features = [
        _feature(shape, series.cells.get((code,)), limits, bands)
        for code, shape in drawn.shapes.items()
    ]
    mark = names.say("rise_mark") if risen else ""
    spec = {
        "title": heading(title, f"{measure}: {accuracy(series, names, 'in_table')}", mark),
        "width": drawn.size[0],
        "height": drawn.size[1],
        "layer": [
            *_shapes(features, bands),
            *_labels(drawn, series, risen, limits, codes=world == "us-states"),
        ],
    }
    key = names.column(series.keys[0])
    alt = names.say("alt_map", measure=measure, key=key, largest=largest(series, names))
    return Drawing(name, spec, alt, tuple(_notes(drawn, series, names)))


def _feature(
    shape: Mapping[str, Any], cell: Cell | None, limits: Sequence[float], bands: Sequence[str]
) -> dict[str, Any]:
    clear = cell is not None and cell.is_clear()
    band = bands[bisect_right(limits, cell.value)] if cell is not None and clear else None
    return {**shape, "properties": {"clear": clear, "band": band}}


def _bands(limits: Sequence[float], names: Names) -> list[str]:
    """Return what the legend says of each shade."""
    said = [names.number(limit) for limit in limits]
    if not said:
        return [names.say("any")]
    between = [f"{low} - {high}" for low, high in pairwise(said)]
    return [f"< {said[0]}", *between, f"\u2265 {said[-1]}"]


def _shapes(features: Sequence[Mapping[str, Any]], bands: Sequence[str]) -> list[dict[str, Any]]:
    """Return the places: those that noise explains below, the others shaded in five steps."""
    flat = {"type": "identity", "scale": 1, "translate": [0, 0]}
    line = {"type": "geoshape", "stroke": "white", "strokeWidth": 0.6}
    below = [feature for feature in features if not feature["properties"]["clear"]]
    above = [feature for feature in features if feature["properties"]["clear"]]
    legend = {"title": None, "orient": "top", "symbolType": "square", "symbolSize": 160}
    shade = {
        "field": "properties.band",
        "type": "nominal",
        "scale": {"domain": list(bands), "range": [*SHADES[-len(bands) :]]},
        "legend": {**legend, "symbolStrokeWidth": 0, "labelFontSize": 12},
    }
    empty = {**line, "fill": "white", "stroke": GREY}
    return [
        {"data": {"values": below}, "projection": flat, "mark": empty},
        *(
            [
                {"data": {"values": above}, "projection": flat, "mark": line}
                | {"encoding": {"fill": shade}}
            ]
            if above
            else []
        ),
    ]


def _limits(values: Sequence[float]) -> list[float]:
    """Return where one shade ends and the next begins: a fifth of the places have each.

    Rounded to two digits, so that a legend can be read; fewer where several are alike.
    """
    if not values:
        return []
    ranked, steps = sorted(values), len(SHADES)
    found = (ranked[len(ranked) * step // steps] for step in range(1, steps))
    return sorted({float(f"{limit:.2g}") for limit in found})


def _labels(
    drawn: Atlas,
    series: Series,
    risen: Collection[str],
    limits: Sequence[float],
    *,
    codes: bool,
) -> list[dict[str, Any]]:
    """Return the codes of places that are large enough, and a triangle on every rise."""
    words, marks = [], []
    for code, shape in drawn.shapes.items():
        (x, y), area = _middle(shape)
        aside, below = _BESIDE.get(code, (0, 0)) if codes else (0, 0)
        x, y = x + aside, y + below
        cell = series.cells.get((code,))
        dark = (
            cell is not None
            and cell.is_clear()
            and bisect_right(limits, cell.value) >= len(limits) - 1
        )
        if codes and area >= SMALLEST_LABELLED:
            words.append({"x": x, "y": y, "text": code, "color": "white" if dark else INK})
        if code in risen:
            marks.append({"x": x, "y": y - 12})
    at = {name: {"field": name, "type": "quantitative", "scale": None} for name in ("x", "y")}
    text = {
        "text": {"field": "text"},
        "color": {"field": "color", "type": "nominal", "scale": None},
    }
    triangle = {"type": "point", "shape": "triangle-up", "color": RED, "size": 110, "opacity": 1}
    layers = []
    if words:
        mark = {"type": "text", "fontSize": 10}
        layers.append({"data": {"values": words}, "mark": mark, "encoding": {**at, **text}})
    if marks:
        mark = {**triangle, "stroke": "white", "strokeWidth": 0.8}
        layers.append({"data": {"values": marks}, "mark": mark, "encoding": at})
    return layers


def _middle(shape: Mapping[str, Any]) -> tuple[tuple[float, float], float]:
    """Return the centroid of a place's largest polygon, and its area in square pixels."""
    rings = [polygon[0] for polygon in shape["geometry"]["coordinates"]]
    found = [_centroid(ring) for ring in rings]
    return max(found, key=lambda one: one[1])


def _centroid(ring: Sequence[Sequence[float]]) -> tuple[tuple[float, float], float]:
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    crosses = [a[0] * b[1] - b[0] * a[1] for a, b in pairs]
    area = sum(crosses) / 2
    if area == 0:
        return (ring[0][0], ring[0][1]), 0.0
    x = sum((a[0] + b[0]) * c for (a, b), c in zip(pairs, crosses, strict=True)) / (6 * area)
    y = sum((a[1] + b[1]) * c for (a, b), c in zip(pairs, crosses, strict=True)) / (6 * area)
    return (round(x, 1), round(y, 1)), abs(area)


def _notes(drawn: Atlas, series: Series, names: Names) -> list[str]:
    absent = [
        forms[0]
        for forms in series.cells
        if forms[0] not in drawn.shapes and (forms[0] in SPECIAL or series.cells[forms].is_clear())
    ]
    absent.sort(key=lambda form: (form in SPECIAL, -series.cells[form,].value))
    listed = [
        f"{names.form(form)} {names.between(series.cells[form,])}" for form in absent[:_NAMED]
    ]
    return [
        names.say("counts_not_rates"),
        names.say("white"),
        names.say("shades"),
        *([names.say("not_on_map", places="; ".join(listed))] if listed else []),
    ]
