"""The low bits of a noisy value tell what noise was added to, where they aren't on one grid.

Mironov (2012): floats lie denser near 0, so that noise in floats reaches other sums from one
exact value than from its neighbour. Counts are integers and sums are integers of the column's
smallest unit, before and after noise; controls are noise in floats.
"""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest

from anonymizers.noise.mechanisms import WIDEST, DiscreteGaussian, DiscreteLaplace
from anonymizers.noise.samplers import make_sampler

MECHANISMS = [
    DiscreteLaplace(Fraction(5)),
    DiscreteLaplace(Fraction(10**6, 7)),
    DiscreteGaussian(Fraction(30)),
    DiscreteGaussian(Fraction(10**13)),
]
COUNT = 2000


def off_grid(values, scale):
    """Return the share of values that aren't the float nearest to a whole number of units."""
    unit = 10**scale
    return np.mean([round(value * unit) / unit != value for value in values])


DRAWN = [("diffprivlib", MECHANISMS[0])]
DRAWN += [(name, mechanism) for name in ("batch", "opendp") for mechanism in MECHANISMS]


@pytest.mark.parametrize(("name", "mechanism"), DRAWN)
def test_noisy_values_lie_on_the_grid_of_their_unit(mechanism, name):
    noise = make_sampler(name, os.urandom).draw(mechanism, COUNT)
    assert noise.dtype == np.int64
    for exact in (0, 1, 81_233):
        units = [exact + value for value in noise.tolist()]
        assert off_grid(units, 0) == 0
        assert off_grid([value / 100 for value in units], 2) == 0


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("name", ["batch", "opendp"])
def test_neighbours_reach_the_same_values(mechanism, name):
    """On each side of a value the grid goes on: no remainder is only reached from one input."""
    noise = make_sampler(name, os.urandom).draw(mechanism, COUNT * 10)
    shares = np.bincount(noise & 3, minlength=4) / len(noise)
    assert abs(shares - 1 / 4).max() < 0.02


@pytest.mark.parametrize("kind", [DiscreteLaplace, DiscreteGaussian])
def test_the_widest_noise_fills_its_low_bits(kind):
    widest = kind(Fraction(WIDEST if kind is DiscreteLaplace else WIDEST**2))
    noise = make_sampler("batch", os.urandom).draw(widest, COUNT * 10)
    for bit in range(40):
        assert abs(np.mean(noise >> bit & 1) - 0.5) < 0.03


def test_numpy_leaves_the_grid():
    noise = np.random.default_rng(1).laplace(0, 5, COUNT)
    assert off_grid(812 + noise, 0) > 0.99
    assert off_grid((81_233 + noise * 100) / 100, 2) > 0.9


def test_diffprivlibs_laplace_leaves_the_grid():
    from diffprivlib.mechanisms import Laplace

    noise = Laplace(epsilon=0.2, sensitivity=1.0)
    values = [noise.randomise(812.0) for _ in range(COUNT)]
    assert off_grid(values, 0) > 0.99
    assert off_grid(values, 2) > 0.9
