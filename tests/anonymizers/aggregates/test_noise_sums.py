"""Half widths of sums of noises: never too small, and hardly too wide."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.aggregates import noise_sums, sum_bounds
from anonymizers.aggregates.noise_sums import (
    NoisePart,
    half_width_of_sum,
    half_widths_of_sums,
    upper_quantiles_of_sums,
)
from anonymizers.aggregates.transforms import log_characteristic, log_moment, variance_of
from anonymizers.noise.intervals import half_width
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from tests.exact_noise import mass_of, mass_of_sum, reach_of, within

USUAL = Fraction(19, 20)

scales = st.fractions(Fraction(1, 10), 5, max_denominator=10)
mechanisms = scales.map(DiscreteLaplace) | scales.map(lambda v: DiscreteGaussian(v**2))
parts_of_sums = st.lists(
    st.builds(NoisePart, mechanisms, st.fractions(-2, 2, max_denominator=6), st.integers(0, 3)),
    max_size=3,
)
confidences = st.sampled_from([Fraction(1, 2), Fraction(9, 10), USUAL, Fraction(999, 1000)])


@given(parts_of_sums, confidences)
def test_sums_lie_within_their_half_width(parts, confidence):
    found = half_width_of_sum(parts, confidence)

    noisy = [part for part in parts if part.weight and part.count]
    if not noisy:
        assert found == 0
    else:
        assert within(noisy, found) >= float(confidence) - 1e-12
        if found:
            step, _ = mass_of_sum(noisy)
            # A lattice is exact: but for the error that is added, no smaller multiple would do.
            assert within(noisy, found - step / 2) < float(confidence) + 2e-9


@pytest.fixture
def no_lattice(monkeypatch):
    monkeypatch.setattr(noise_sums, "_LONGEST", 0)
    noise_sums._half_widths.cache_clear()
    yield
    noise_sums._half_widths.cache_clear()


@settings(max_examples=50)
@given(parts=parts_of_sums, confidence=confidences)
@pytest.mark.usefixtures("no_lattice")
def test_minorants_are_never_too_narrow(parts, confidence):
    noise_sums._half_widths.cache_clear()
    noisy = [part for part in parts if part.weight and part.count]
    if noisy:
        assert within(noisy, half_width_of_sum(parts, confidence)) >= float(confidence) - 1e-12


@pytest.mark.usefixtures("no_lattice")
@pytest.mark.parametrize("confidence", [Fraction(1, 2), USUAL, Fraction(9999, 10000)])
@pytest.mark.parametrize(
    "mechanism", [DiscreteLaplace(Fraction(40)), DiscreteGaussian(Fraction(3000))]
)
def test_minorants_are_hardly_wider_than_the_exact_width(mechanism, confidence):
    parts = [NoisePart(mechanism, Fraction(1), 3), NoisePart(mechanism, Fraction(1, 2), 2)]
    step, mass = mass_of_sum(parts)
    beyond = np.cumsum(mass[::-1])[len(mass) // 2 :: -1]
    exact = step * int(np.argmax(2 * beyond[1:] <= 1 - float(confidence)))

    assert exact <= half_width_of_sum(parts, confidence) <= exact * 1.005 + 1


@pytest.mark.parametrize("terms", [2, 3, 8, 50])
def test_polynomials_lie_below_what_they_stand_for(terms):
    circle = np.linspace(-0.5, 0.5, 2001)
    for x in (0.01, 0.1, 0.25, 0.4, 0.5):
        spectrum = sum_bounds._spectrum(terms)
        waves = np.cos(2 * np.pi * np.outer(circle, np.arange(terms)))
        factors = 2 * (spectrum * np.exp(2j * np.pi * np.arange(terms) * x)).real
        polynomial = 2 * x - 1 / terms + waves @ factors

        assert np.all(polynomial <= (np.abs(circle) <= x) + 1e-12)
        assert polynomial.mean() == pytest.approx(2 * x - 1 / terms, abs=0.02)


@pytest.mark.parametrize("variance", [Fraction(10**6), Fraction(10**12), Fraction(2**104)])
def test_sums_of_wide_gaussians_are_as_wide_as_normal_ones(variance):
    parts = [
        NoisePart(DiscreteGaussian(variance), Fraction(1, 3), 5),
        NoisePart(DiscreteGaussian(variance), Fraction(2, 7), 6),
    ]
    wide = NormalDist().inv_cdf(0.975) * math.sqrt(float(variance) * (5 / 9 + 24 / 49))

    assert 1 <= half_width_of_sum(parts, USUAL) / wide <= 1.003


@pytest.mark.parametrize("mechanism", [DiscreteLaplace(Fraction(10**9, 7))])
def test_two_wide_laplaces_are_as_wide_as_their_density_says(mechanism):
    # P(|X| > h) of two Laplace variables is (1 + h / 2b) exp(-h / b).
    found = half_width_of_sum([NoisePart(mechanism, Fraction(1), 2)], USUAL)
    ratio = found / float(mechanism.scale)

    assert (1 + ratio / 2) * math.exp(-ratio) <= 0.05
    ratio *= 0.997
    assert (1 + ratio / 2) * math.exp(-ratio) > 0.05


@pytest.mark.parametrize("confidence", [USUAL, 1 - Fraction(1, 10**9)])
def test_a_single_noise_has_its_own_quantile(confidence):
    noise = DiscreteLaplace(Fraction(123456, 7))
    found = half_width_of_sum([NoisePart(noise, Fraction(-2, 3), 1)], confidence)

    assert found == pytest.approx(half_width(noise, confidence) * 2 / 3)


@pytest.mark.parametrize("tail", [Fraction(1, 10**9), Fraction(1, 10**15)])
def test_confidences_next_to_certainty_have_a_bound(tail):
    noise = DiscreteLaplace(Fraction(5))
    found = half_width_of_sum([NoisePart(noise, Fraction(1), 2)], 1 - tail)
    ratio = found / 5

    assert (1 + ratio / 2) * math.exp(-ratio) <= float(tail)
    assert found <= 1.4 * 5 * (math.log(1 / tail) + 4)


@pytest.mark.parametrize(
    "mechanism",
    [DiscreteLaplace(Fraction(1, 10**5)), DiscreteGaussian(Fraction(1, 10**5))],
)
def test_noise_that_is_always_nothing_is_no_noise(mechanism):
    assert half_width_of_sum([NoisePart(mechanism, Fraction(1), 9)], USUAL) == 0


def test_a_sum_of_very_different_noises_is_as_wide_as_the_widest():
    wide, narrow = DiscreteLaplace(Fraction(10**9)), DiscreteGaussian(Fraction(1, 3))
    found = half_width_of_sum(
        [NoisePart(wide, Fraction(1, 7), 1), NoisePart(narrow, Fraction(10**-3), 4)], USUAL
    )

    assert 1 <= found / (half_width(wide, USUAL) / 7) <= 1.004


def test_many_sums_at_once_are_the_same_as_one_by_one():
    laplace, gaussian = DiscreteLaplace(Fraction(777)), DiscreteGaussian(Fraction(10**4))
    sums = [
        (NoisePart(laplace, Fraction(1, n), 2), NoisePart(gaussian, Fraction(n, 7), n))
        for n in range(1, 150)
    ]
    together = half_widths_of_sums(sums, USUAL)

    for parts, width in zip(sums[::15], together[::15], strict=True):
        assert width == pytest.approx(half_width_of_sum(parts, USUAL), rel=5e-3)


def test_one_side_is_exceeded_half_as_often_as_two():
    parts = [NoisePart(DiscreteLaplace(Fraction(3)), Fraction(1), 2)]
    _, mass = mass_of_sum(parts)
    upto = np.cumsum(mass)[len(mass) // 2 :]

    assert upper_quantiles_of_sums([parts], Fraction(39, 40)) == (int(np.argmax(upto >= 0.975)),)


@pytest.mark.parametrize("confidence", [Fraction(0), Fraction(1), Fraction(-1)])
def test_confidences_lie_between_0_and_1(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        half_width_of_sum([], confidence)


def test_there_are_no_fewer_than_no_noises():
    with pytest.raises(ValueError, match="fewer than no noises"):
        half_width_of_sum([NoisePart(DiscreteLaplace(Fraction(1)), Fraction(1), -1)], USUAL)


@pytest.mark.parametrize("width", [Fraction(1, 20), Fraction(1, 2), 1, Fraction(11, 10), 5])
@pytest.mark.parametrize(
    "make", [DiscreteLaplace, lambda width: DiscreteGaussian(width**2)], ids=["laplace", "gauss"]
)
def test_transforms_are_those_of_the_probabilities(make, width):
    mechanism = make(Fraction(width))
    reach = reach_of(mechanism)
    mass, x = mass_of(mechanism, reach), np.arange(-reach, reach + 1)
    t = np.linspace(-20, 20, 401)
    s = np.linspace(0.01, 0.6, 50) / float(width)

    plain = np.cos(np.outer(t, x)) @ mass
    assert np.exp(log_characteristic(mechanism, t)) == pytest.approx(plain, abs=1e-12)
    moments = np.exp(np.minimum(log_moment(mechanism, s), 600))
    assert np.all(moments >= np.exp(np.outer(s, x)) @ mass * (1 - 1e-9))
    assert variance_of(mechanism) >= float(x**2 @ mass) * (1 - 1e-9)
