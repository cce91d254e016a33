"""Charts: one theme, and Vega-Lite drawn to SVG without a browser, a network or a script.

The drawing package carries a JavaScript engine, so it is an extra (`pip install 'weir[charts]'`):
a process that holds case data has none unless somebody asked for pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast
from xml.etree import ElementTree as ET

from gateway.errors import OutputError

Spec = Mapping[str, Any]

BLUE, RED, GREY, INK, PALE = "#2b6a94", "#c2452d", "#8a8f94", "#22272b", "#e4e7ea"
"""Told apart by people who see no red or green, and on paper."""

_FONT = "Helvetica, Arial, sans-serif"
THEME: Spec = MappingProxyType(
    {
        "background": "white",
        "font": _FONT,
        "padding": 14,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "color": INK,
            "subtitleColor": INK,
            "fontSize": 15,
            "subtitleFontSize": 12,
            "subtitlePadding": 5,
            "offset": 12,
        },
        "axis": {
            "domainColor": GREY,
            "gridColor": PALE,
            "labelColor": INK,
            "labelFontSize": 11,
            "tickColor": GREY,
            "titleColor": INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
        },
        "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 11},
        "text": {"color": INK, "font": _FONT, "fontSize": 11},
        "bar": {"color": BLUE},
        "line": {"color": BLUE, "strokeWidth": 2},
        "point": {"color": BLUE, "filled": True, "size": 80},
        "rule": {"color": RED, "strokeWidth": 1.5},
    }
)
_SHAPES = frozenset(
    {
        *("svg", "g", "defs", "clipPath", "linearGradient", "stop", "title", "desc"),
        *("path", "rect", "line", "circle", "text", "tspan"),
    }
)


def render_svg(spec: Spec) -> str:
    """Draw a Vega-Lite specification, whose data stand inside it, as SVG text.

    Guarantee: nothing is fetched, and the picture holds no script, link or outside image.

    Args:
        spec: Vega-Lite 5 without `config`; the theme is this room's.

    Raises:
        OutputError: the drawing package isn't installed, or the picture can't be drawn safely.
    """
    drawing = _drawing()
    _check_closed(spec)
    try:
        svg = cast("str", drawing.vegalite_to_svg(_themed(spec), allowed_base_urls=[]))
    except ValueError as error:
        raise OutputError("the chart couldn't be drawn; please report it") from error
    _check_still(svg)
    return svg


def render_png(spec: Spec, scale: float = 2) -> bytes:
    """Draw the same as PNG, `scale` times as large.

    Raises:
        OutputError: as for `render_svg`.
    """
    return cast("bytes", _drawing().svg_to_png(render_svg(spec), scale=scale))


def check_drawing() -> None:
    """Check that pictures can be drawn, before anything is spent on what they show.

    Raises:
        OutputError: the drawing package isn't installed.
    """
    _drawing()


def _themed(spec: Spec) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        **spec,
        "config": dict(THEME),
    }


def _check_closed(spec: Any) -> None:
    """Refuse a specification that names anything outside itself."""
    if isinstance(spec, Mapping):
        if {"url", "href"} & set(spec):
            raise OutputError("a chart's data stand inside it; it may name no address")
        spec = list(spec.values())
    if isinstance(spec, Sequence) and not isinstance(spec, str):
        for part in spec:
            _check_closed(part)


def _check_still(svg: str) -> None:
    """Refuse a picture with anything in it but shapes and words."""
    for element in ET.fromstring(svg).iter():  # noqa: S314 - we drew it just now
        names = [name.rpartition("}")[2].lower() for name in element.attrib]
        links = any(name in {"href", "src"} or name.startswith("on") for name in names)
        if element.tag.rpartition("}")[2] not in _SHAPES or links:
            raise OutputError("the chart would hold a script, a link or a picture")


def _drawing() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise OutputError(
            "charts need one more package: pip install 'weir[charts]'; everything else works "
            "without it",
        ) from None
    return vl_convert
