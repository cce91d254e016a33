"""Does any mechanism show more than it claims? The auditor runs each on neighbouring inputs.

Controls that it must catch: noise in floats (numpy, diffprivlib), which claims an epsilon of 1
and shows more than 4, and honest noise whose scale is 30 % too small.
"""

from __future__ import annotations

import math
import os
import warnings
from fractions import Fraction

import numpy as np
import pytest

from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from anonymizers.noise.samplers import make_sampler
from tests.attacks.auditor import audit
from tests.noise_fits import scaled

DELTA = 0.05

LAPLACES = [
    # the scale, and how far a person moves the answer
    (Fraction(1), 1),
    (Fraction(1, 2), 1),
    (Fraction(5), 5),
    (Fraction(20, 3), 5),
    (Fraction(50_000), 50_000),
    (Fraction(10**12, 7), 10**11),
]
GAUSSIANS = [
    (Fraction(1), 1),
    (Fraction(50), 5),
    (Fraction(10**10), 10**5),
    (Fraction(10**20, 3), 10**10),
]


def noisy(sampler, mechanism, answer):
    """Return what runs a mechanism on an input whose exact answer is this."""
    exact = np.atleast_1d(answer)

    def run(count):
        noise = sampler.draw(mechanism, count * len(exact))
        return noise.reshape(count, len(exact)) + exact

    return run


def claimed(mechanism, moved, delta=DELTA):
    """Return the smallest epsilon of the exact Gaussian for a delta, from its normal curve."""
    mean = moved / math.sqrt(mechanism.variance)

    def spent(epsilon):
        low, high = -epsilon / mean + mean / 2, -epsilon / mean - mean / 2
        return share_below(low) - math.exp(epsilon) * share_below(high)

    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > delta else (low, middle)
    return high


def claimed_of_counts(mechanism, moved, delta=DELTA):
    """Return the same for narrow noise, by summing over all integers."""
    far = int(40 * math.sqrt(mechanism.variance)) + 2 * moved
    values = np.arange(-far, far + 1, dtype=np.float64)
    masses = np.exp(-(values**2) / (2 * float(mechanism.variance)))
    masses /= masses.sum()
    here, there = masses[moved:], masses[:-moved]
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        spent = np.maximum(0, here - math.exp(middle) * there).sum()
        low, high = (middle, high) if spent > delta else (low, middle)
    return high


def share_below(value):
    return math.erfc(-value / math.sqrt(2)) / 2


def epsilon_of(mechanism, moved):
    narrow = mechanism.variance < 10**6
    return (claimed_of_counts if narrow else claimed)(mechanism, moved)


def shown(sampler, mechanism, moved, delta=0.0):
    run_on_d, run_on_d2 = noisy(sampler, mechanism, 812), noisy(sampler, mechanism, 812 + moved)
    return audit(run_on_d, run_on_d2, delta=delta)


@pytest.mark.parametrize(("scale", "moved"), LAPLACES)
def test_laplace_noise_shows_its_epsilon_and_no_more(scale, moved):
    sampler, mechanism = make_sampler("batch", os.urandom), DiscreteLaplace(scale)
    epsilon = float(moved / scale)
    assert 0.8 * epsilon < shown(sampler, mechanism, moved) <= epsilon
    assert shown(sampler, scaled(mechanism, "7/10"), moved) > 1.1 * epsilon


@pytest.mark.parametrize(("variance", "moved"), GAUSSIANS)
def test_gaussian_noise_shows_its_epsilon_and_no_more(variance, moved):
    sampler, mechanism = make_sampler("batch", os.urandom), DiscreteGaussian(variance)
    epsilon = epsilon_of(mechanism, moved)
    assert 0.6 * epsilon < shown(sampler, mechanism, moved, DELTA) <= epsilon
    assert shown(sampler, scaled(mechanism, "7/10"), moved, DELTA) > 1.1 * epsilon


def test_a_person_in_many_cells_shows_no_more_than_all_of_them_cost():
    sampler, mechanism = make_sampler("batch", os.urandom), DiscreteLaplace(Fraction(5))
    d = np.array([0, 3, 0, 41, 0, 7, 0, 0, 250, 1])
    d2 = d + np.array([1, 0, 1, 0, 0, 1, 0, 0, 1, 0])
    assert 0.5 < audit(noisy(sampler, mechanism, d), noisy(sampler, mechanism, d2)) <= 4 / 5
    narrow = scaled(mechanism, "7/10")
    assert audit(noisy(sampler, narrow, d), noisy(sampler, narrow, d2)) > 4 / 5


@pytest.mark.parametrize("name", ["diffprivlib", "opendp"])
def test_laplace_noise_of_other_libraries_shows_no_more_than_its_epsilon(name):
    sampler, mechanism = make_sampler(name, os.urandom), DiscreteLaplace(Fraction(5))
    assert 0.8 < shown(sampler, mechanism, 5) <= 1


def test_gaussian_noise_of_opendp_shows_no_more_than_its_epsilon():
    sampler, mechanism = make_sampler("opendp", os.urandom), DiscreteGaussian(Fraction(50))
    epsilon = epsilon_of(mechanism, 5)
    assert 0.6 * epsilon < shown(sampler, mechanism, 5, DELTA) <= epsilon


def test_nothing_is_shown_where_nothing_differs():
    sampler, mechanism = make_sampler("batch", os.urandom), DiscreteLaplace(Fraction(5))
    assert shown(sampler, mechanism, 0) < 0.05


def numpy_laplace(value, count):
    return value + np.random.default_rng().laplace(0, 1, count)


def diffprivlib_laplace(value, count):
    from diffprivlib.mechanisms import Laplace

    noise = Laplace(epsilon=1.0, sensitivity=1.0)
    return np.array([noise.randomise(value) for _ in range(count)])


def diffprivlib_gaussian(value, count):
    from diffprivlib.mechanisms import GaussianAnalytic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        noise = GaussianAnalytic(epsilon=1.0, delta=1e-6, sensitivity=1.0)
        return np.array([noise.randomise(value) for _ in range(count)])


@pytest.mark.parametrize(
    ("control", "delta"),
    [(numpy_laplace, 0.0), (diffprivlib_laplace, 0.0), (diffprivlib_gaussian, 1e-6)],
)
def test_the_auditor_catches_noise_in_floats(control, delta):
    found = audit(
        lambda count: control(0.0, count),
        lambda count: control(1.0, count),
        runs=20_000,
        delta=delta,
    )
    assert found > 3


def test_the_auditor_catches_an_answer_without_noise():
    assert audit(np.zeros, np.ones) > 7


def test_the_auditor_catches_noise_that_was_stretched_after_it_was_drawn():
    """Noise in whole units of money, added to cents: what is left of a unit is exact."""
    sampler, mechanism = make_sampler("batch", os.urandom), DiscreteLaplace(Fraction(50))

    def stretched(cents):
        return lambda count: cents + 100 * sampler.draw(mechanism, count)

    assert audit(stretched(81_233), stretched(81_233 + 17)) > 7


def test_the_auditor_refuses_what_it_would_misread():
    with pytest.raises(ValueError, match="a number of its own"):
        audit(np.zeros, lambda count: np.full(count, np.nan))


def test_the_auditor_catches_a_cell_that_is_only_there_for_one():
    sampler, mechanism = make_sampler("batch", os.urandom), DiscreteLaplace(Fraction(5))

    def hidden_when_empty(exact):
        return lambda count: noisy(sampler, mechanism, exact)(count) * (exact > 0)

    assert audit(hidden_when_empty(np.array([0, 9])), hidden_when_empty(np.array([1, 9]))) > 3
