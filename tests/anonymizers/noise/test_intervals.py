from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.noise import intervals
from anonymizers.noise.batch_sampler import BatchSampler
from anonymizers.noise.intervals import (
    GRID,
    MOST_CONFIDENT,
    gaussian_within,
    half_width,
    laplace_within,
)
from anonymizers.noise.masses import gaussian_masses
from anonymizers.noise.mechanisms import (
    WIDEST,
    DiscreteGaussian,
    DiscreteLaplace,
    NoiseTooWideError,
)
from tests.noise_fits import probabilities, seeded

USUAL = Fraction(95, 100)
CONFIDENCES = st.fractions(min_value="1/100", max_value="999/1000", max_denominator=10**6)


def brute(mechanism, confidence, far):
    """Find the smallest q by adding up every probability."""
    exact = probabilities(mechanism, far)
    middle = exact[far]
    covered = accumulate((2 * share for share in exact[far + 1 :]), initial=middle)
    return next(place for place, share in enumerate(covered) if share >= confidence)


@settings(max_examples=40)
@given(st.fractions(min_value="1/50", max_value=9, max_denominator=1000), CONFIDENCES)
def test_a_laplaces_half_width_is_the_smallest(scale, confidence):
    mechanism = DiscreteLaplace(scale)
    assert half_width(mechanism, confidence) == brute(mechanism, confidence, int(80 * scale) + 9)


@settings(max_examples=40)
@given(st.fractions(min_value="1/50", max_value=60, max_denominator=1000), CONFIDENCES)
def test_a_gaussians_half_width_is_the_smallest(variance, confidence):
    mechanism = DiscreteGaussian(variance)
    far = int(14 * float(variance) ** 0.5) + 9
    assert half_width(mechanism, confidence) == brute(mechanism, confidence, far)


@settings(max_examples=25)
@given(st.fractions(min_value=1, max_value=900**2, max_denominator=1000), CONFIDENCES)
def test_a_wide_gaussians_half_width_is_at_most_one_unit_wider(variance, confidence):
    exact = intervals._summed_half_width(variance, confidence)
    assert exact <= intervals._wide_half_width(variance, confidence) <= exact + 1


@pytest.mark.parametrize(
    "mechanism",
    [
        DiscreteLaplace(Fraction(5)),
        DiscreteLaplace(Fraction(10**7, 3)),
        DiscreteGaussian(Fraction(30)),
        DiscreteGaussian(Fraction(10**14)),
    ],
)
@pytest.mark.parametrize("confidence", [Fraction(1, 2), USUAL, Fraction(999, 1000)])
def test_noise_lies_within_as_often_as_said(mechanism, confidence):
    noise = BatchSampler(seeded(6)).draw(mechanism, 400_000)
    width = half_width(mechanism, confidence)
    assert np.mean(abs(noise) <= width) > confidence - Fraction(3, 1000)
    assert np.mean(abs(noise) <= width * 7 // 10) < confidence - Fraction(3, 1000)


@pytest.mark.parametrize("scale", [Fraction(1, 3), Fraction(10**6), Fraction(WIDEST)])
def test_the_laplaces_neighbours_are_on_either_side(scale):
    with localcontext(prec=150):
        ratio = (Decimal(-scale.denominator) / scale.numerator).exp()
        width = half_width(DiscreteLaplace(scale), USUAL)
        inside = [1 - 2 * ratio ** (q + 1) / (1 + ratio) for q in (width - 1, width)]
        assert width == 0 or inside[0] < Decimal("0.95")
        assert inside[1] >= Decimal("0.95")


def test_what_is_too_near_to_tell_is_decided_for_the_wider():
    """A confidence that is what was computed for q, to the last digit, may be a little more."""
    half = gaussian_masses(Fraction(30))
    covered = half[0] + 2 * sum(half[1:8])
    confidence = Fraction(covered, 2 * sum(half) - half[0])
    assert half_width(DiscreteGaussian(Fraction(30)), confidence) == 8
    assert half_width(DiscreteGaussian(Fraction(30)), confidence - Fraction(1, 2**90)) == 7
    outside = Fraction(intervals._laplace_tail(Fraction(5), 8))
    assert half_width(DiscreteLaplace(Fraction(5)), 1 - outside) == 8
    assert half_width(DiscreteLaplace(Fraction(5)), 1 - outside - Fraction(1, 10**50)) == 7


def test_noise_below_a_unit_is_within_nothing():
    for tiny in (Fraction(1, 100), Fraction(1, 10**30)):
        assert half_width(DiscreteLaplace(tiny), USUAL) == 0
        assert half_width(DiscreteGaussian(tiny), USUAL) == 0


@pytest.mark.parametrize(
    "confidence", [Fraction(0), Fraction(1), MOST_CONFIDENT + Fraction(1, 10**15)]
)
def test_a_confidence_out_of_range_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence"):
        half_width(DiscreteLaplace(Fraction(5)), confidence)
    with pytest.raises(ValueError, match="confidence"):
        laplace_within(5, confidence)
    with pytest.raises(ValueError, match="confidence"):
        gaussian_within(5, confidence)


@settings(max_examples=25)
@given(st.integers(1, 10**13), CONFIDENCES | st.just(MOST_CONFIDENT))
def test_the_laplace_within_a_half_width_is_the_widest_on_the_grid(width, confidence):
    noise = laplace_within(width, confidence)
    assert GRID % noise.scale.denominator == 0
    assert half_width(noise, confidence) <= width
    assert half_width(DiscreteLaplace(noise.scale + Fraction(1, GRID)), confidence) > width


@settings(max_examples=25)
@given(st.integers(1, 3000) | st.integers(1, 10**13), CONFIDENCES | st.just(MOST_CONFIDENT))
def test_the_gaussian_within_a_half_width_is_the_widest(width, confidence):
    noise = gaussian_within(width, confidence)
    assert GRID % noise.variance.denominator == 0
    assert half_width(noise, confidence) <= width
    wider = noise.variance * (1 + Fraction(3, 10**9)) + Fraction(2, GRID)
    assert (
        half_width(DiscreteGaussian(wider), confidence) > width or wider > 1024**2 > noise.variance
    )


@pytest.mark.parametrize("width", [0, -1])
def test_a_half_width_below_one_is_refused(width):
    for within in (laplace_within, gaussian_within):
        with pytest.raises(ValueError, match="1 at least"):
            within(width, USUAL)


@pytest.mark.parametrize("within", [laplace_within, gaussian_within])
def test_a_half_width_that_says_nothing_is_too_wide(within):
    with pytest.raises(NoiseTooWideError):
        within(2**55, USUAL)
