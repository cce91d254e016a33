"""The picture of advice: loss against risk, one point for each k, the frontier as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.charts import BLUE, GREY
from gateway.counted import counted_people

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH, HEIGHT = 520, 300


def frontier_chart(advice: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Vega-Lite specification; it holds one point for each choice."""
    on, off = "worth choosing", "loses more for nothing"
    points = [
        {
            "risk": choice["highest_risk"],
            "loss": choice["weighted_loss"],
            "label": f"k={choice['k']}",
            "kind": on if choice["on_frontier"] else off,
        }
        for choice in advice["choices"]
    ]
    x = {
        "field": "risk",
        "type": "quantitative",
        "title": "risk: chance to find somebody who is known to be in it, at worst",
        "axis": {"format": ".0%"},
        "scale": {"type": "sqrt", "domainMin": 0, "nice": True},  # small risks stand apart
    }
    y = {
        "field": "loss",
        "type": "quantitative",
        "title": "weighted loss (0 exact, 1 nothing left)",
        "scale": {"domainMin": 0, "nice": True},
    }
    scale = {"domain": [on, off], "range": [BLUE, GREY]}
    color = {"field": "kind", "type": "nominal", "scale": scale, "title": None}
    above = {"field": "label", "type": "nominal"}
    return {
        "title": {
            "text": f"{advice['dataset']} for {advice['purpose']}: what each k costs",
            "subtitle": f"{counted_people(advice['people'])}; weights: {_weights(advice)}",
        },
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": points},
        "description": "Loss against risk, one point for each k.",
        "layer": [
            {
                "transform": [{"filter": {"field": "kind", "equal": on}}],
                "mark": {"type": "line", "strokeDash": [4, 3]},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "point", "filled": True},
                "encoding": {"x": x, "y": y, "color": color},
            },
            {"mark": {"type": "text", "dy": -14}, "encoding": {"x": x, "y": y, "text": above}},
        ],
    }


def _weights(advice: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in advice["weights"].items())
