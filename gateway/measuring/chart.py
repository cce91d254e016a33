"""The picture of a measured file: people by the size of their group, and the risks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.charts import BLUE, RED
from gateway.counted import counted, counted_people

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 580
_LONGEST = 60  # characters of a file's name


def risk_chart(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Vega-Lite specification; it holds counts for each group size, and no value."""
    return {
        "title": {
            "text": f"{found['file'][:_LONGEST]}: {_verdict(found)}",
            "subtitle": _subtitle(found),
        },
        "vconcat": [_sizes(found), _risks(found)],
        "spacing": 28,
        "description": "People by the size of their group, and how probably they are found.",
    }


def _verdict(found: Mapping[str, Any]) -> str:
    if found["k"] >= found["asked_k"]:
        return f"everybody is one of at least {found['k']}"
    return f"smallest group {found['k']}, asked for {found['asked_k']}"


def _subtitle(found: Mapping[str, Any]) -> str:
    groups = counted(found["classes"], "group")
    columns = counted(len(found["quasi_identifiers"]), "column")
    return f"{counted_people(found['people'])} in {groups} alike in {columns}"


def _sizes(found: Mapping[str, Any]) -> dict[str, Any]:
    safe, unsafe = f"{found['asked_k']} or more", f"fewer than {found['asked_k']}"
    bars = [
        {
            "group": _range(bucket),
            "people": bucket["people"],
            "label": f"{bucket['people']:,}",
            "size": safe if bucket["from"] >= found["asked_k"] else unsafe,
        }
        for bucket in _met(found["sizes"])
    ]
    order = [bar["group"] for bar in bars]
    x = {
        "field": "group",
        "type": "nominal",
        "sort": order,
        "title": f"people in the group (k = {found['k']}, asked for {found['asked_k']})",
        "axis": {"labelAngle": 0},
    }
    y = {"field": "people", "type": "quantitative", "title": "people in groups of this size"}
    scale = {"domain": [unsafe, safe], "range": [RED, BLUE]}
    color = {"field": "size", "type": "nominal", "scale": scale, "title": "group of"}
    return {
        "width": WIDTH,
        "height": 200,
        "data": {"values": bars},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"color": color}},
            {
                "mark": {"type": "text", "dy": -7},
                "encoding": {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }


def _met(sizes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave away the empty buckets above the largest that holds anybody."""
    last = max((place for place, bucket in enumerate(sizes) if bucket["people"]), default=0)
    return sizes[: last + 1]


def _range(bucket: Mapping[str, Any]) -> str:
    first, last = bucket["from"], bucket["to"]
    if last is None:
        return f"{first:,} or more"
    return f"{first:,}" if first == last else f"{first:,}-{last:,}"


def _risks(found: Mapping[str, Any]) -> dict[str, Any]:
    bars = [{"risk": name, "value": value, "label": f"{value:.1%}"} for name, value in _bars(found)]
    y = {
        "field": "risk",
        "type": "nominal",
        "sort": [bar["risk"] for bar in bars],
        "title": None,
        "axis": {"labelLimit": 220},
    }
    x = {
        "field": "value",
        "type": "quantitative",
        "title": "chance to be right about a person",
        "axis": {"format": ".0%"},
        "scale": {"domainMin": 0, "nice": True},
    }
    above = found["risk"]["above"]
    label = {"text": f"1 in {found['asked_k']}", "align": "left", "dx": 4, "dy": -6}
    return {
        "width": WIDTH,
        "height": 110,
        "data": {"values": bars},
        "layer": [
            {"mark": {"type": "bar", "height": 14}, "encoding": {"x": x, "y": y}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
            },
            {"data": {"values": [{"above": above}]}, **_rule()},
            {
                "data": {"values": [{"above": above}]},
                "mark": {"type": "text", "color": RED, **label},
                "encoding": {"x": {"field": "above", "type": "quantitative"}, "y": {"value": 0}},
            },
        ],
    }


def _rule() -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "above", "type": "quantitative"}},
    }


def _bars(found: Mapping[str, Any]) -> list[tuple[str, float]]:
    risks, links = found["risk"], found["register"]
    linked = links["correct"] / links["matched"] if links["matched"] else 0.0
    return [
        ("prosecutor, worst case", risks["prosecutor"]["highest"]),
        ("journalist, worst case", risks["journalist"]["highest"]),
        ("prosecutor, average", risks["prosecutor"]["average"]),
        ("marketer", risks["marketer"]),
        ("register linked, found right", linked),
    ]
