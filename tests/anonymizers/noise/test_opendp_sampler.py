from __future__ import annotations

import math
import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.noise.mechanisms import WIDEST, DiscreteGaussian, DiscreteLaplace
from anonymizers.noise.opendp_sampler import float_at_least, root_at_least
from anonymizers.noise.samplers import make_sampler
from tests.noise_fits import fit, scaled

WIDTHS = st.fractions(min_value=Fraction(1, 10**12), max_value=WIDEST)

MECHANISMS = [
    DiscreteLaplace(Fraction(16, 3)),
    DiscreteLaplace(Fraction(WIDEST * 3, 4)),
    DiscreteGaussian(Fraction(100, 3)),
    DiscreteGaussian(Fraction(WIDEST**2, 2)),
]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_noise_fits_its_distribution_and_no_other(mechanism):
    sampler = make_sampler("opendp", os.urandom)
    assert sampler.name == "opendp"
    assert sampler.draws(mechanism)
    assert sampler.distance(mechanism) == 0
    values = sampler.draw(mechanism, 15_000)
    assert values.dtype == np.int64
    assert fit(values, mechanism) > 1e-7
    for factor in ("7/10", "13/10"):
        assert fit(sampler.draw(scaled(mechanism, factor), 15_000), mechanism) < 1e-9


@given(WIDTHS)
def test_widths_are_rounded_up_to_the_next_float(width):
    near = float_at_least(width)
    assert Fraction(near) >= width
    assert Fraction(math.nextafter(near, 0.0)) < width


@given(WIDTHS)
def test_roots_are_rounded_up(width):
    root = root_at_least(width * width)
    assert Fraction(root) >= width
    assert Fraction(root) <= width * (1 + Fraction(3, 2**53)) + Fraction(2, 2**128)


def test_a_root_a_little_above_a_float_is_rounded_up_too():
    assert root_at_least(9 + Fraction(1, 10**90)) > 3
    assert 3 <= root_at_least(Fraction(9)) <= math.nextafter(3.0, 4.0)


def test_noise_too_narrow_for_a_float_is_none_at_all():
    tiny = DiscreteLaplace(Fraction(1, 10**400))
    assert not make_sampler("opendp", os.urandom).draw(tiny, 3).any()
