from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from policies.aggregates.components import Key, Price
from policies.plans import InFilter, RangeFilter
from tests.policies.conftest import put

BY_YEAR = {"column": "reported_on", "level": "year"}


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


def test_a_total_is_split_evenly_over_components(asking):
    plan = asking.plan("count_people", {"mean": "wage_debt"}, "count_people", epsilon=0.6)
    people, total, known = plan.components
    assert [one.statistic for one in plan.components] == ["people", "sum", "records"]
    assert {one.price for one in plan.components} == {Price(Fraction(1, 5), None, Fraction(0))}
    assert people.mechanism == DiscreteLaplace(Fraction(5))
    assert (total.amounts.low, total.amounts.high, total.amounts.offset) == (0, 10**7, 5 * 10**6)
    assert total.mechanism == DiscreteLaplace(Fraction(5 * 5 * 5 * 10**6))
    assert (known.known, known.mechanism) == ("wage_debt", DiscreteLaplace(Fraction(25)))
    count, mean = plan.queries[0].measures
    assert (count.components, mean.components) == (((0,),), ((1, 2),))
    assert (mean.name, mean.column, mean.additive) == ("mean:wage_debt", "wage_debt", False)


def test_a_rho_buys_gaussian_noise(asking):
    group_by = ["exploitation"]
    (part,) = asking.plan("count_records", group_by=group_by, epsilon=None, rho=0.1).components
    assert part.price == Price(None, Fraction(1, 10), Fraction(0))
    assert part.mechanism == DiscreteGaussian(Fraction(25) / Fraction(1, 5))


def test_keys_stand_as_asked_in_answers_and_as_declared_in_components(asking):
    plan = asking.plan("count_records", group_by=["exploitation", BY_YEAR])
    exploitation, year = Key("exploitation", "exact"), Key("reported_on", "year")
    assert plan.queries[0].group_by == (exploitation, year)
    assert plan.components[0].group_by == (year, exploitation)


def test_totals_are_components_of_their_own(asking):
    group_by = ["exploitation", BY_YEAR]
    plan = asking.plan("count_records", {"histogram": "age"}, group_by=group_by, totals=True)
    counts, ages = plan.queries[0].measures
    assert (counts.components, ages.components) == (((0,), (1,), (2,)), ((3,), (4,), (5,)))
    columns = [[key.column for key in one.group_by] for one in plan.components]
    assert columns == [
        *(["reported_on", "exploitation"], ["exploitation"], []),
        *(["reported_on", "age", "exploitation"], ["age", "exploitation"], ["age"]),
    ]
    shares = [one.price.epsilon for one in plan.components]
    assert shares == [Fraction(166_666_666, 10**9)] * 6  # whole units of charges, rounded down
    assert ages.key == Key("age", "5-years")
    assert ages.name == "histogram:age:5-years"
    assert (counts.additive, ages.additive) == (True, True)


def test_totals_over_nothing_are_no_totals(asking):
    plan = asking.plan("count_people", totals=True)
    assert (plan.queries[0].totals, len(plan.components)) == (False, 1)


def test_parts_of_a_cell_with_several_codes_do_not_sum_up(asking):
    for group_by, additive in ((["exploitation"], True), (["controls"], False)):
        query = asking.plan("count_records", {"sum": "wage_debt"}, group_by=group_by).queries[0]
        assert [measure.additive for measure in query.measures] == [additive] * 2


def test_people_sum_up_where_each_can_be_in_one_part_only(asking):
    assert not asking.plan("count_people").queries[0].measures[0].additive
    asking.policy["aggregate"]["max_records_per_person"] = 1
    assert asking.plan("count_people").queries[0].measures[0].additive
    controls = asking.plan("count_people", group_by=["controls"])
    assert not controls.queries[0].measures[0].additive
    assert controls.components[0].sensitivity.l1 == 4


def test_quantiles_of_numbers_and_dates_have_bins(asking):
    plan = asking.plan(
        *({"median": "age"}, {"quantile": {"column": "wage_debt", "q": 0.9}}),
        {"quantile": "reported_on"},
    )
    names = [measure.name for measure in plan.queries[0].measures]
    assert names == ["quantile:age:0.5", "quantile:reported_on:0.5", "quantile:wage_debt:0.9"]
    ages, days, debts = (one.bins for one in plan.components)
    assert (ages.width, ages.count, ages.branching) == (1, 121, 11)
    assert (days.low, days.high, days.width) == (16436, 20818, 5)
    assert (debts.high, debts.width, debts.count) == (10**7, 10_000, 1001)
    assert plan.queries[0].measures[2].quantile == Fraction(9, 10)
    assert plan.components[0].sensitivity.l1 == 10


def test_two_quantiles_of_a_column_are_one_component(asking):
    plan = asking.plan(*({"quantile": {"column": "age", "q": q}} for q in (0.25, 0.5, 0.75)))
    assert len(plan.components) == 1
    assert [measure.components for measure in plan.queries[0].measures] == [((0,),)] * 3


def test_distinct_codes_know_how_many_a_record_has(asking):
    plan = asking.plan({"distinct": "controls"}, {"distinct": "exploitation"})
    controls, exploitation = plan.components
    assert (controls.codes, controls.sensitivity.l1) == (Key("controls", "exact"), 16)
    assert (exploitation.codes, exploitation.sensitivity.l1) == (Key("exploitation", "exact"), 5)


def test_a_batch_shares_its_components(asking):
    queries = [
        {"measures": ["count_people"], "group_by": ["state"], "totals": True},
        {"measures": ["count_people"], "name": "all"},
    ]
    plan = asking.answer(queries=queries, epsilon=1).plan
    assert [query.name for query in plan.queries] == ["query-1", "all"]
    assert plan.queries[1].measures[0].components == ((1,),)
    assert [one.price.epsilon for one in plan.components] == [Fraction(1, 2)] * 2
    assert [query["name"] for query in plan.request["queries"]] == ["query-1", "all"]


def test_conditions_start_where_their_values_stand(asking):
    where = [
        *({"column": "reported_on", "from": "2024-01-01", "to": "2024-12-31"},),
        *({"column": "state", "in": ["West", "South", "West"]},) * 2,
        {"column": "reported_on", "in": ["2024", "2023-Q1"]},
    ]
    found = asking.plan("count_people", where=where).components[0].where
    assert set(found) == {
        RangeFilter("reported_on", "2024-01-01", "2024-12-31"),
        InFilter("state", ("South", "West"), "us-region"),
        InFilter("reported_on", ("2023-Q1", "2024"), "quarter"),
    }
    asking.policy["aggregate"]["group_by"][3]["level"] = "year"
    where = [{"column": "reported_on", "in": ["2024"]}]
    assert asking.plan("count_people", where=where).components[0].where == (
        InFilter("reported_on", ("2024",), "year"),
    )


def test_conditions_on_sensitive_columns_are_answered_with_noise(asking):
    where = [{"column": "exploitation", "in": ["ForcedLabour"]}]
    assert asking.plan("count_people", where=where).components[0].where == (
        InFilter("exploitation", ("ForcedLabour",), "exact"),
    )


def test_the_canonical_request_says_everything(asking):
    plan = asking.plan(
        *({"median": "age"}, {"histogram": "age"}, {"sum": "wage_debt"}, "count_people"),
        group_by=["exploitation"],
        where=[{"column": "state", "in": ["West"]}],
        epsilon=0.5,
    )
    assert plan.request == {
        "dataset": "hotline-cases",
        "purpose": "typologies",
        "measures": [
            *("count_people", {"sum": "wage_debt"}),
            {"quantile": {"column": "age", "q": 0.5}},
            {"histogram": {"column": "age", "level": "5-years"}},
        ],
        "group_by": [{"column": "exploitation", "level": "exact"}],
        "where": [{"column": "state", "in": ["West"]}],
        "totals": False,
        "epsilon": 0.5,
        "non_negative": False,
        "clipped_share": False,
    }


def test_private_keys_have_a_threshold_and_a_delta(asking):
    plan = asking.plan("count_people", group_by=["citizenship", "gender"], totals=True)
    by_both, by_citizenship, everybody = plan.components
    assert by_both.group_by[1] == Key("citizenship", "country", private=True)
    assert by_both.sensitivity.cells == 5
    assert [one.price.delta for one in plan.components] == [
        *(Fraction("1e-9"),) * 2,
        Fraction(0),
    ]
    assert everybody.threshold is None
    # Beyond threshold - 2 lies at most delta / 5 of the noise, on one side.
    scale, tail = float(by_both.mechanism.scale), 1e-9 / 5
    ratio = 2.718281828459045 ** (-1 / scale)
    beyond = by_both.threshold - 1
    assert ratio**beyond / (1 + ratio) <= tail * (1 + 1e-9)
    assert ratio ** (beyond - 1) / (1 + ratio) > tail
    assert by_citizenship.threshold == by_both.threshold


def test_half_widths_take_the_cheaper_noise(asking):
    plan = asking.plan("count_people", epsilon=None, half_width=10)
    (part,) = plan.components
    assert isinstance(part.mechanism, DiscreteLaplace)
    assert part.price.epsilon % Fraction(1, 1000) == 0
    assert part.price.epsilon == Fraction(285, 1000)
    assert plan.request["half_width"] == 10
    (part,) = asking.plan(
        "count_people", group_by=["state"], epsilon=None, half_width=30
    ).components
    assert isinstance(part.mechanism, DiscreteGaussian)
    assert part.price.rho == Fraction(1033, 100_000)


def test_a_policy_may_take_no_price_in_rho(asking, refused):
    put(asking.policy, "aggregate.budget.rho", value=False)
    assert refused("count_people", epsilon=None, rho=0.01) == [("rho-not-offered", "rho")]
    wide = {"group_by": ["state"], "epsilon": None, "half_width": 30}
    assert asking.plan("count_people", **wide).components[0].price.rho is None
    put(asking.policy, "aggregate.budget.rho", value=True)
    assert asking.plan("count_people", **wide).components[0].price.rho is not None


def test_half_widths_of_sums_are_in_the_column_s_unit(asking):
    (part,) = asking.plan({"sum": "wage_debt"}, epsilon=None, half_width=10**6).components
    assert part.sensitivity.l1 == 5 * 10**7
    assert part.price.epsilon == Fraction(1498, 1000)


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


def test_a_tenth_of_the_price_says_what_bounds_leave_out(asking):
    plan = asking.plan(
        *("count_people", {"mean": "wage_debt"}), group_by=["state"], clipped_share=True
    )
    names = [(share.name, share.kind, share.components) for share in plan.queries[0].shares]
    assert names == [
        ("wage_debt", "clipped_share", ((3, 4),)),
        ("people", "clipped_share", ((5, 6),)),
    ]
    shares = plan.components[3:]
    assert [one.statistic for one in shares] == ["outside", "records", "beyond", "everybody"]
    assert [one.group_by for one in shares] == [()] * 4
    assert [one.sensitivity.l1 for one in shares] == [5, 5, 1, 1]
    assert [one.price.epsilon for one in shares] == [Fraction(1, 40)] * 4
    assert [one.price.epsilon for one in plan.components[:3]] == [Fraction(3, 10)] * 3
    assert plan.request["clipped_share"] is True


def test_what_bounds_leave_out_has_the_least_price_beside_a_half_width(asking):
    plan = asking.plan("count_people", epsilon=None, half_width=10, clipped_share=True)
    assert [one.price.epsilon for one in plan.components] == [
        *(Fraction(285, 1000), Fraction(1, 100)),
        Fraction(1, 100),
    ]


def test_rows_leave_nobody_s_further_records_out(asking):
    asking.hotline["privacy_unit"] = "row"
    asking.policy["aggregate"]["max_records_per_person"] = 1
    plan = asking.plan({"sum": "wage_debt"}, clipped_share=True)
    assert [share.name for share in plan.queries[0].shares] == ["wage_debt"]
    nothing = asking.plan("count_people", clipped_share=True)
    assert (nothing.queries[0].shares, len(nothing.components)) == ((), 1)
    assert nothing.components[0].price.epsilon == 1
