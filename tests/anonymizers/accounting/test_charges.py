from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.accounting.charges import (
    DELTA_UNITS,
    EPSILON_UNITS,
    LARGEST,
    NOTHING,
    RHO_UNITS,
    Charge,
    ChargeTooLargeError,
    distance_delta,
    exp_up,
    pure_delta,
)

positive = st.fractions(min_value=Fraction(1, 10**12), max_value=1000)
small = st.fractions(min_value=0, max_value=Fraction(1, 1000))


@given(epsilon=positive, delta=small)
def test_a_pure_charge_is_never_below_what_it_stands_for(epsilon, delta):
    charge = Charge.of_epsilon(epsilon, delta)
    assert 0 <= Fraction(charge.epsilon, EPSILON_UNITS) - epsilon < Fraction(1, EPSILON_UNITS)
    assert 0 <= Fraction(charge.rho, RHO_UNITS) - epsilon**2 / 2 < Fraction(1, RHO_UNITS)
    assert 0 <= Fraction(charge.delta, DELTA_UNITS) - delta < Fraction(1, DELTA_UNITS)
    assert charge.pure


@given(rho=positive, delta=small)
def test_a_charge_in_rho_is_not_pure_and_never_below(rho, delta):
    charge = Charge.of_rho(rho, delta)
    assert 0 <= Fraction(charge.rho, RHO_UNITS) - rho < Fraction(1, RHO_UNITS)
    assert (charge.epsilon, charge.pure) == (0, False)


def test_whole_units_are_charged_exactly():
    assert Charge.of_epsilon(Fraction(3, 10), Fraction(1, 10**15)) == Charge(
        300_000_000, 45_000_000_000, 1_000_000, pure=True
    )


@given(st.lists(st.tuples(positive, small, st.booleans()), max_size=5))
def test_sums_are_exact_and_pure_only_if_all_are(parts):
    charges = [(Charge.of_epsilon if pure else Charge.of_rho)(a, d) for a, d, pure in parts]
    total = sum(charges, NOTHING)
    assert total.rho == sum(charge.rho for charge in charges)
    assert total.epsilon == sum(charge.epsilon for charge in charges)
    assert total.delta == sum(charge.delta for charge in charges)
    assert total.pure == all(pure for _, _, pure in parts)


def test_nothing_is_given_back():
    with pytest.raises(ValueError, match="given back"):
        Charge(-1, 0, 0, pure=True)


def test_what_no_column_holds_is_no_charge():
    with pytest.raises(ChargeTooLargeError):
        Charge.of_epsilon(Fraction(5000), Fraction(0))
    with pytest.raises(ChargeTooLargeError):
        Charge(LARGEST, 0, 0, pure=True) + Charge(1, 0, 0, pure=True)


@given(st.fractions(min_value=0, max_value=60))
def test_exponentials_are_rounded_up_by_less_than_one_step(exponent):
    whole = math.ceil(exponent)
    assert exp_up(exponent) > Fraction(math.exp(exponent)) * (1 - Fraction(1, 10**14))
    assert exp_up(exponent) < Fraction(math.exp(whole)) * (1 + Fraction(1, 10**14))
    assert exp_up(exponent) >= exp_up(Fraction(0))


def test_a_pure_answer_pays_for_its_distance_by_its_own_epsilon():
    delta = pure_delta(Fraction(1, 10**15), Fraction(2))
    assert delta == pytest.approx((1 + math.exp(2)) / 10**15)


def test_under_a_boundless_budget_a_distance_costs_more_than_a_charge_holds():
    delta = distance_delta(Fraction(1, 2**107), Fraction(10**12))
    with pytest.raises(ChargeTooLargeError):
        Charge.of_rho(Fraction(1), delta)


def test_distances_count_for_both_neighbours():
    assert distance_delta(Fraction(1, 10**15), Fraction(12)) == pytest.approx(
        (1 + math.exp(12)) / 10**15
    )
    assert distance_delta(Fraction(1), Fraction(2)) == distance_delta(Fraction(1), Fraction(10))
