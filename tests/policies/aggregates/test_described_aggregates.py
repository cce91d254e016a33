from __future__ import annotations

from policies.aggregates.components import Key
from policies.aggregates.describe import LevelAnswer, describe_aggregate
from policies.aggregates.keys import key_forms
from policies.documents import parse_policy


def test_an_offer_says_what_may_be_asked(asking):
    answer = describe_aggregate(parse_policy(asking.policy), asking.dataset)
    measures = {one.measure: one for one in answer.measures}
    assert list(measures)[:3] == ["count_people", "count_records", "sum:wage_debt"]
    debt = measures["sum:wage_debt"]
    assert (debt.bounds, debt.unit, debt.levels) == (("0", "100000"), "USD", ())
    assert measures["quantile:reported_on"].bounds == ("2015-01-01", "2026-12-31")
    assert measures["distinct:controls"].levels == (LevelAnswer("exact", 18),)
    ages = measures["histogram:age"].levels
    assert [one.level for one in ages] == ["5-years", "10-years", "20-years", "majority"]
    assert ages[-1].keys == 4
    assert (answer.max_records_per_person, answer.bounding) == (5, "stored")
    assert answer.budget.epsilon == 2.0


def test_an_offer_says_the_levels_of_each_key(asking):
    answer = describe_aggregate(parse_policy(asking.policy), asking.dataset)
    keys = {one.column: one for one in answer.group_by}
    assert keys["reported_on"].levels == (
        LevelAnswer("quarter", 50),
        LevelAnswer("year", 14),
        LevelAnswer("5-years", 5),
    )
    assert (keys["state"].filters, keys["controls"].filters) == (True, False)
    assert (keys["citizenship"].private, keys["citizenship"].levels[0].keys) == (True, None)
    assert keys["exploitation"].label["en"] == "Type of exploitation"


def test_a_policy_of_records_offers_no_numbers(parsed_research, parsed_hotline):
    without = parsed_research.model_copy(update={"aggregate": None})
    assert describe_aggregate(without, parsed_hotline) is None


def test_a_policy_that_no_longer_fits_offers_no_numbers(asking):
    asking.hotline["columns"]["states"] = asking.hotline["columns"].pop("state")
    assert describe_aggregate(parse_policy(asking.policy), asking.dataset) is None


def test_keys_are_the_declared_forms_with_null_and_other(asking):
    year = key_forms(asking.dataset, Key("reported_on", "5-years"))
    assert year == ("2015-2019", "2020-2024", "2025-2029", "null", "other")
    assert key_forms(asking.dataset, Key("gender", "exact"))[-3:] == (
        *("NonSpecifiedUnknown", "null"),
        "other",
    )
