from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from anonymizers.accounting.charges import LARGEST, NOTHING, Charge
from anonymizers.accounting.filters import fits, remaining, times
from anonymizers.accounting.limits import Limit, limit_of

ONE = limit_of(Fraction(1), Fraction(1, 10**6))
counts = st.one_of(st.integers(0, 50), st.integers(0, LARGEST))
limits = st.builds(Limit, counts, counts, counts)
charges = st.builds(Charge, counts, counts, counts, pure=st.booleans())


def pure(epsilon, delta=0):
    return Charge.of_epsilon(Fraction(epsilon), Fraction(delta))


def zcdp(rho, delta=0):
    return Charge.of_rho(Fraction(rho), Fraction(delta))


def test_pure_answers_pass_by_epsilon_and_others_by_rho():
    assert fits(pure("0.5"), pure("0.5"), ONE)
    assert not fits(pure("0.5"), pure("0.500000001"), ONE)
    assert not fits(pure("0.5"), zcdp("0.0001"), ONE)
    assert fits(zcdp("0.01"), zcdp("0.01"), ONE)
    assert not fits(zcdp("0.01"), pure("0.5"), ONE)


def test_delta_is_counted_in_both_branches():
    for charge in (pure("0.1", "3e-7"), zcdp("0.001", "3e-7")):
        assert fits(NOTHING, charge, ONE)
        assert not fits(charge, charge, ONE)


@given(spent=charges, charge=charges, limit=limits)
def test_whatever_fits_is_within_what_was_promised(spent, charge, limit):
    if fits(spent, charge, limit):
        total = spent + charge
        assert total.delta <= limit.delta
        assert total.rho <= limit.rho or (total.pure and total.epsilon <= limit.epsilon)


@given(spent=charges, charge=charges, limit=limits, more=charges)
def test_what_does_not_fit_does_not_fit_later_either(spent, charge, limit, more):
    assume(max(spent.epsilon + more.epsilon, spent.rho + more.rho) <= LARGEST)
    assume(spent.delta + more.delta <= LARGEST)
    if not fits(spent, charge, limit):
        assert not fits(spent + more, charge, limit)


@given(spent=charges, charge=charges, limit=limits)
def test_so_many_questions_fit_and_not_one_more(spent, charge, limit):
    assume(max(charge.epsilon, charge.rho, charge.delta) > 0)
    count = times(spent, charge, limit)
    several = [
        Charge(charge.epsilon * n, charge.rho * n, charge.delta * n, pure=charge.pure)
        for n in (count, count + 1)
        if max(charge.epsilon, charge.rho, charge.delta) * n <= LARGEST
    ]
    assert count == 0 or fits(spent, several[0], limit)
    assert len(several) == 1 or not fits(spent, several[1], limit)


def test_questions_that_are_left_are_counted_in_the_branch_that_holds_more():
    assert times(NOTHING, pure("0.1"), ONE) == 10
    assert times(NOTHING, pure("0.01"), ONE) == ONE.rho // pure("0.01").rho > 100
    assert times(zcdp("0.001"), pure("0.1"), ONE) == (ONE.rho - 10**9) // pure("0.1").rho


@given(spent=charges, limit=limits)
def test_what_remains_fits_and_a_unit_more_does_not(spent, limit):
    assume(spent.delta <= limit.delta)
    epsilon, rho = remaining(spent, limit)
    assume(epsilon < 4294 * 10**9)  # the rho of a larger one can't be stored
    assume(rho < 10**15)
    for units in (epsilon, epsilon + 1):
        charge = Charge.of_epsilon(Fraction(units, 10**9), Fraction(0))
        storable = max(spent.epsilon + charge.epsilon, spent.rho + charge.rho) <= LARGEST
        if storable and units:
            assert fits(spent, charge, limit) == (units == epsilon)
    if rho:
        assert fits(spent, Charge(0, rho, 0, pure=False), limit)
    assert spent.rho + rho + 1 > LARGEST or not fits(
        spent, Charge(0, rho + 1, 0, pure=False), limit
    )
