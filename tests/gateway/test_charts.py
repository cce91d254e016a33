"""Charts: drawn from what they hold, and still."""

from __future__ import annotations

import sys

import pytest

from gateway import charts
from gateway.charts import THEME, render_png, render_svg
from gateway.errors import OutputError


def bars(label="11-19", **changed):
    return {
        "data": {"values": [{"size": label, "people": 40}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "size", "type": "nominal"},
            "y": {"field": "people", "type": "quantitative"},
        },
        **changed,
    }


def test_a_chart_is_drawn_in_the_theme_s_colours():
    svg = render_svg(bars())
    assert svg.startswith("<svg")
    assert THEME["bar"]["color"] in svg
    assert "11-19" in svg


def test_words_stay_words():
    svg = render_svg(bars('<script>alert("on it")</script> onload=1'))
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_a_chart_that_names_an_address_is_refused():
    for outside in ({"url": "https://example.org/a.csv"}, {"url": "file:///etc/hostname"}):
        with pytest.raises(OutputError, match="no address"):
            render_svg(bars(data=outside))
    with pytest.raises(OutputError, match="no address"):
        render_svg({"layer": [bars(), bars(encoding={"href": {"value": "x"}})]})


@pytest.mark.parametrize(
    "drawn",
    [
        "<svg><script/></svg>",
        '<svg><g onclick="x"/></svg>',
        '<svg xmlns:xlink="x"><g xlink:href="y"/></svg>',
        "<svg><image/></svg>",
    ],
)
def test_a_picture_that_could_do_something_is_refused(monkeypatch, drawn):
    class Drawing:
        @staticmethod
        def vegalite_to_svg(*_spec, **_options):
            return drawn

    monkeypatch.setattr(charts, "_drawing", Drawing)
    with pytest.raises(OutputError, match="script, a link or a picture"):
        render_svg(bars())


def test_what_can_t_be_drawn_says_so():
    with pytest.raises(OutputError, match="couldn't be drawn"):
        render_svg({"mark": 5})


def test_a_picture_in_pixels_is_a_png():
    assert render_png(bars(), scale=1).startswith(b"\x89PNG")


def test_without_the_package_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(OutputError, match=r"pip install 'weir\[charts\]'"):
        render_svg(bars())
