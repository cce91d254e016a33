"""Notes beside values: what they leave out, and which of them say nothing."""

from __future__ import annotations

from gateway.problems import worded
from policies.reasons import Reason
from tests.counted_homes import generated

KIND = {"group_by": ["kind"]}
DAYS = ("2024-01-01", "2025-12-31")


def notes(answered, rule):
    return [note["params"] for note in answered.content["notes"] if note["rule"] == rule]


def test_values_that_hold_zero_are_counted(counted, no_noise) -> None:
    answered = counted.ask_for("harbor", "count_people", "count_records", **KIND, epsilon=1)
    rows = answered.content["rows"]
    near = {
        name: sum(row[name]["interval"][0] <= 0 <= row[name]["interval"][1] for row in rows)
        for name in ("count_people", "count_records")
    }
    assert all(near.values())  # "null" and "other" among them
    assert notes(answered, "note-within-noise") == [
        {"number": str(number), "values": "5", "measure": name} for name, number in near.items()
    ]


def test_where_no_value_holds_zero_nothing_is_said(counted, no_noise) -> None:
    counted.load_rows(generated(1000, 1400))
    answered = counted.ask_for("harbor", "count_people", "count_records", epsilon=4)
    assert notes(answered, "note-within-noise") == []


def test_means_and_quantiles_that_may_be_anything_are_counted(counted) -> None:
    asked = ({"quantile": "age"}, {"mean": "debt"}, {"quantile": "day"})
    answered = counted.ask_for("harbor", *asked, **KIND, epsilon=0.03)
    told = {one["measure"]: one for one in notes(answered, "note-says-nothing")}
    for name, low, high in (("quantile:age:0.5", 0, 120), ("quantile:day:0.5", *DAYS)):
        shown = [row[name]["interval"] for row in answered.content["rows"]]
        assert told[name]["number"] == str(shown.count([low, high])) != "0"
        assert told[name]["values"] == "5"
    assert "mean:debt" in told


def test_histograms_and_sums_are_looked_at_value_by_value(counted, no_noise) -> None:
    asked = ({"histogram": {"column": "age", "level": "10-years"}}, {"sum": "debt"})
    answered = counted.ask_for("harbor", *asked, epsilon=0.02)
    told = {one["measure"]: one["values"] for one in notes(answered, "note-within-noise")}
    (row,) = answered.content["rows"]
    ages = "histogram:age:10-years"
    assert told == {ages: str(len(row[ages])), "sum:debt": "1"}


def test_units_are_named_as_people_do(counted) -> None:
    answered = counted.ask_for("harbor", "count_people", epsilon=1)
    (params,) = notes(answered, "note-records-bounded")
    assert params["unit"] == "person"
    (said,) = worded((Reason("note-records-bounded", params),), "en")
    assert "At most 3 records of one person count" in said["message"]
