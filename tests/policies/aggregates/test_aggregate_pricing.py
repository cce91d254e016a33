from __future__ import annotations

from fractions import Fraction

from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from policies.aggregates.components import Key, Price
from tests.policies.conftest import put


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
