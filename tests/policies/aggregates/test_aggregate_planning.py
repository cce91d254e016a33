from __future__ import annotations

from fractions import Fraction

from policies.aggregates.components import Key
from policies.plans import InFilter, RangeFilter

BY_YEAR = {"column": "reported_on", "level": "year"}


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
