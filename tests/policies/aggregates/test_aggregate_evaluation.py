from __future__ import annotations

from datetime import date

import pytest


def test_a_plan_names_who_asks_under_what(asking):
    plan = asking.plan("count_people", non_negative=True)
    assert (plan.partner, plan.partner_class, plan.agreement, plan.agreement_ends) == (
        *("meridian-bank", "financial", "meridian-asks"),
        "2027-12-31",
    )
    assert (plan.purpose, plan.dataset, plan.dataset_sha256) == (
        *("typologies", "hotline-cases"),
        "d",
    )
    assert (plan.policy, plan.policy_sha256, plan.review) == ("financial-indicators", "p", 0)
    assert (plan.max_records_per_person, plan.bounding, plan.non_negative) == (5, "stored", True)
    assert (plan.per, plan.epsilon, plan.delta, plan.retention_days) == ("partner", 2.0, 1e-7, 365)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"suspended": True}, ["partner-suspended"]),
        ({"today": date(2028, 1, 1)}, ["agreement-ended"]),
        ({"active": False}, ["policy-not-active"]),
        ({"bank.agreements": []}, ["unknown-dataset"]),
        ({"bank.class": "ngo"}, ["class-not-in-policy"]),
        ({"policy.purposes": ["research"]}, ["purpose-not-in-policy"]),
        ({"policy.review": {"aggregate": 1}}, ["policy-unsafe"]),
        ({"hotline.budget": None}, ["policy-unsafe"]),
    ],
)
def test_what_no_agreement_and_policy_allow_is_refused(asking, refused, change, expected):
    for name, value in change.items():
        where, _, key = name.partition(".")
        if key:
            getattr(asking, where)[key] = value
        else:
            setattr(asking, where, value)
    assert [rule for rule, _ in refused("count_people")] == expected


def test_a_policy_of_records_gives_no_numbers(asking, refused, research):
    asking.policy = research | {"classes": ["financial"], "policy": "financial-indicators"}
    asking.policy.pop("aggregate", None)
    assert [rule for rule, _ in refused("count_people")] == [
        "purpose-not-in-policy",
        "no-aggregate-in-policy",
    ]


def test_every_reason_is_said_at_once(refused):
    where = [
        {"column": "age", "in": ["20-24"]},
        {"column": "controls", "in": ["Other"]},
        {"column": "state", "in": ["null", "other", "CA"]},
    ]
    found = refused(
        *({"sum": "age"}, "count_records", {"histogram": {"column": "age", "level": "exact"}}),
        {"histogram": {"column": "age", "level": "5-year"}},
        group_by=[
            *("language", {"column": "reported_on", "level": "day"}, "citizenship"),
            {"column": "state", "level": "*"},
        ],
        where=where,
    )
    assert found == [
        ("measure-not-allowed", "measures[0]"),
        ("measure-not-for-private-keys", "measures[0]"),
        ("measure-not-for-private-keys", "measures[1]"),
        ("level-finer-than-policy", "measures[2]"),
        ("measure-not-for-private-keys", "measures[2]"),
        ("unknown-level", "measures[3]"),
        ("measure-not-for-private-keys", "measures[3]"),
        ("key-not-allowed", "group_by[0]"),
        ("level-finer-than-policy", "group_by[1]"),
        ("unknown-level", "group_by[3]"),
        ("where-column-not-allowed", ""),
        ("where-several-codes", ""),
        ("where-undeclared", ""),
        ("where-undeclared", ""),
        ("where-unknown-value", ""),
        ("where-unknown-value", ""),
    ]


def test_reasons_in_a_batch_say_which_query(asking, say):
    queries = [{"measures": ["count_people"]}, {"measures": [{"mean": "age"}]}]
    reasons = asking.answer(queries=queries, half_width=5).reasons
    say(reasons)
    assert [(reason.rule, reason.params["path"]) for reason in reasons] == [
        ("measure-not-allowed", "queries[1].measures[0]"),
        ("half-width-not-for", "queries[1].measures[0]"),
    ]


def test_a_histogram_of_a_key_is_its_count_of_records(asking, refused):
    asking.policy["aggregate"]["group_by"] = [{"column": "age", "level": "5-years"}]
    assert refused({"histogram": "age"}, group_by=["age"]) == [("histogram-of-key", "measures[0]")]


def test_tables_and_answers_have_a_most(asking, refused):
    asking.policy["aggregate"]["group_by"][3]["level"] = "day"
    large = ["exploitation", "controls", "gender", "reported_on"]
    assert refused("count_people", group_by=large) == [
        ("too-many-keys", "group_by"),
        ("too-many-cells", ""),
    ]
    few = {"measures": ["count_people"], "group_by": ["state"]}
    found = asking.answer(queries=[few, {**few, "group_by": large}], epsilon=1).reasons
    assert found[0].params["path"] == "queries[1].group_by"
    assert refused({"median": "wage_debt"}, group_by=["reported_on"]) == [("too-many-cells", "")]


def test_forms_that_measures_tell_apart_have_a_most(asking, refused):
    asking.hotline["columns"]["wage_debt"] |= {"ladder": "number", "widths": [1, 1000]}
    asking.policy["aggregate"]["measures"] = [{"histogram": "wage_debt"}, {"distinct": "wage_debt"}]
    fine = [("too-many-keys", "measures"), ("too-many-cells", "")]
    assert refused({"histogram": "wage_debt"}) == refused({"distinct": "wage_debt"}) == fine
    assert asking.plan({"histogram": {"column": "wage_debt", "level": "1000"}}).components


def test_noise_too_wide_to_say_anything_is_refused(asking, refused):
    asking.hotline["columns"]["wage_debt"]["bounds"] = [0, 10**13]
    assert refused({"sum": "wage_debt"}, epsilon=0.01) == [("noise-too-wide", "")]


def test_what_no_budget_can_pay_is_refused(refused):
    assert refused("count_people", epsilon=2.001) == [("price-above-budget", "")]
    assert refused("count_people", epsilon=None, rho=0.2) == [("price-above-budget", "")]
    assert refused({"sum": "wage_debt"}, epsilon=None, half_width=1) == [("price-above-budget", "")]


def test_a_small_pure_price_may_fit_as_rho_alone(asking):
    asking.policy["aggregate"]["budget"]["epsilon"] = 0.5
    # 0.5 ** 2 / 40 is the rho of the stand-in: a pure epsilon of 0.1 is less than that.
    assert asking.plan("count_people", epsilon=0.1).components
