from __future__ import annotations

import math
from fractions import Fraction

import pytest
from dp_accounting import GaussianDpEvent, NeighboringRelation
from dp_accounting.rdp import RdpAccountant
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.accounting.charges import LARGEST, RHO_UNITS, Charge
from anonymizers.accounting.filters import fits
from anonymizers.accounting.limits import limit_of, rho_within

MILLIONTH = Fraction(1, 10**6)
epsilons = st.fractions(min_value=Fraction(1, 100), max_value=20, max_denominator=1000)
deltas = st.sampled_from([Fraction(1, 10**n) for n in range(3, 13)])


def converted(rho, delta):
    """Convert by another library: the epsilon at delta of a Gaussian that is rho-zCDP."""
    # Dense where the best order is, near 1 + sqrt(log(1 / delta) / rho).
    best = math.sqrt(math.log(1 / delta) / rho)
    orders = [1 + best * factor / 200 for factor in range(20, 600)]
    accountant = RdpAccountant(orders, NeighboringRelation.ADD_OR_REMOVE_ONE)
    accountant.compose(GaussianDpEvent(math.sqrt(1 / (2 * rho))))
    return accountant.get_epsilon(float(delta))


def test_one_and_a_millionth_allow_little_rho():
    assert float(rho_within(Fraction(1), MILLIONTH)) == pytest.approx(0.0244, abs=5e-5)
    assert float(rho_within(Fraction(1), MILLIONTH / 2)) == pytest.approx(0.02294, abs=5e-6)


@settings(max_examples=12)
@given(epsilon=epsilons, delta=deltas)
def test_rho_converts_to_epsilon_in_another_library_too_and_no_larger_one_does(epsilon, delta):
    rho = float(rho_within(epsilon, delta))
    assert converted(rho, delta) <= float(epsilon) * (1 + 1e-4)
    assert converted(rho * 1.01, delta) > float(epsilon)


@pytest.mark.parametrize("wrong", [0.7, 1.3])
def test_rho_of_another_size_would_be_noticed(wrong):
    rho = float(rho_within(Fraction(2), MILLIONTH)) * wrong
    assert converted(rho, MILLIONTH) != pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(
    ("epsilon", "delta"),
    [(Fraction(1, 10**6), Fraction(1, 10**12)), (Fraction(4000), Fraction(1, 10**9))],
)
def test_extreme_budgets_have_a_rho_too(epsilon, delta):
    rho = rho_within(epsilon, delta)
    assert 0 <= rho < epsilon
    assert rho.denominator <= RHO_UNITS


def test_limits_are_rounded_down_and_take_half_of_delta():
    limit = limit_of(Fraction(1, 3), MILLIONTH)
    assert limit.epsilon == 333_333_333
    assert limit.delta == 500_000_000_000_000
    assert limit.rho == rho_within(Fraction(1, 3), MILLIONTH / 2) * RHO_UNITS


def test_a_limit_never_grows_beyond_a_column():
    assert limit_of(Fraction(10**10), Fraction(1, 2)).epsilon == LARGEST
    assert limit_of(Fraction(1), Fraction(1, 2)).delta == LARGEST


@settings(max_examples=8)
@given(epsilon=epsilons, delta=deltas, periods=st.integers(2, 4))
def test_periods_add_as_much_as_was_declared_and_no_more(epsilon, delta, periods):
    one, all_ = limit_of(epsilon, delta), limit_of(epsilon, delta, periods)
    assert 0 <= all_.epsilon - periods * one.epsilon < periods
    assert all_.rho <= periods * (one.rho + 1)
    assert one.rho <= all_.rho
    assert Fraction(all_.rho, RHO_UNITS) <= rho_within(periods * epsilon, periods * delta / 2)
    assert all_.delta <= periods * (one.delta + 1)


def test_distances_charged_in_earlier_periods_count_more_under_a_large_epsilon():
    assert limit_of(Fraction(2), MILLIONTH, 5).delta == 5 * limit_of(Fraction(2), MILLIONTH).delta
    shrunk = limit_of(Fraction(6), MILLIONTH, 2).delta / limit_of(Fraction(6), MILLIONTH).delta
    assert shrunk == pytest.approx(2 * (1 + math.exp(10)) / (1 + math.exp(12)))


def test_a_budget_holds_one_pure_answer_of_its_own_size():
    limit = limit_of(Fraction(3, 10), MILLIONTH)
    answer = Charge.of_epsilon(Fraction(3, 10), Fraction(1, 10**12))
    assert fits(Charge(0, 0, 0, pure=True), answer, limit)
    assert answer.rho > limit.rho
