from __future__ import annotations

import math
import os
from fractions import Fraction

import numpy as np
import pytest

from anonymizers.noise import diffprivlib_sampler
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from anonymizers.noise.samplers import make_sampler
from tests.noise_fits import fit, probabilities, scaled
from tests.table_shares import distance_between


@pytest.fixture
def sampler():
    return make_sampler("diffprivlib", os.urandom)


@pytest.mark.parametrize("scale", ["2/3", "5", "1000/7"])
def test_noise_fits_its_distribution_and_no_other(sampler, scale):
    mechanism = DiscreteLaplace(Fraction(scale))
    assert sampler.name == "diffprivlib"
    values = sampler.draw(mechanism, 10_000)
    assert values.dtype == np.int64
    assert fit(values, mechanism) > 1e-7
    for factor in ("7/10", "13/10"):
        assert fit(sampler.draw(scaled(mechanism, factor), 10_000), mechanism) < 1e-9


@pytest.mark.parametrize(
    "mechanism",
    [
        DiscreteGaussian(Fraction(4)),
        DiscreteLaplace(Fraction(2**14) + Fraction(1, 9)),
        DiscreteLaplace(Fraction(1, 501)),
    ],
)
def test_what_it_would_draw_badly_it_refuses(sampler, mechanism):
    assert not sampler.draws(mechanism)
    with pytest.raises(ValueError, match="diffprivlib draws the discrete Laplace alone"):
        sampler.draw(mechanism, 1)
    with pytest.raises(ValueError, match="diffprivlib draws the discrete Laplace alone"):
        sampler.distance(mechanism)


@pytest.mark.parametrize("scale", [2**14, Fraction(1, 500)])
def test_the_widest_and_the_narrowest_are_drawn(sampler, scale):
    mechanism = DiscreteLaplace(Fraction(scale))
    assert sampler.draws(mechanism)
    assert abs(sampler.draw(mechanism, 50)).max() < 40 * 2**14
    assert sampler.distance(mechanism) < Fraction(1, 2**31)


def counted(mechanism):
    """Count the grid points of its uniform draw that give each value, by bisection."""
    from diffprivlib.mechanisms import Geometric

    epsilon = diffprivlib_sampler._float_at_most(1 / mechanism.scale)
    noise = Geometric(epsilon=epsilon, sensitivity=1)

    class Told:
        def random(self):
            return self.place * 2.0**-53

    noise._rng = Told()

    def drawn(place):
        noise._rng.place = place
        return noise.randomise(0)

    middle = 2**52
    bounds, value = [0], -drawn(0)
    shares = {}
    while bounds[-1] < middle:
        low, high = bounds[-1], middle
        while low < high:
            place = (low + high) // 2
            if place < middle and -drawn(place) <= value:
                low = place + 1
            else:
                high = place
        shares[-value] = Fraction(low - bounds[-1], 2**53)
        bounds.append(low)
        value = -drawn(low) if low < middle else value
    up = {-value: share for value, share in shares.items() if value}
    zero = {0: 2 * shares.get(0, Fraction(0)) - Fraction(1, 2**53)}
    return shares | up | zero


@pytest.mark.parametrize("scale", ["1/3", "1", "9/2", "40"])
def test_the_distance_holds_for_every_point_of_its_grid(sampler, scale):
    mechanism = DiscreteLaplace(Fraction(scale))
    far = int(60 * mechanism.scale) + 2
    shares = counted(mechanism)
    assert abs(sum(shares.values()) - 1) <= Fraction(1, 2**52)
    exact = dict(zip(range(-far, far + 1), probabilities(mechanism, far), strict=True))
    found = distance_between(shares, exact)
    assert found <= sampler.distance(mechanism)
    assert found > sampler.distance(mechanism) / 5000


def test_the_draw_without_a_logarithm_is_drawn_again():
    from diffprivlib.mechanisms import Geometric

    class Told:
        def __init__(self):
            self.draws = iter([0.5, 0.5, 0.25])

        def random(self):
            return next(self.draws)

    noise = Geometric(epsilon=1.0, sensitivity=1)
    noise._rng = Told()
    assert diffprivlib_sampler._one(noise) == -1


@pytest.mark.parametrize("scale", ["1/3", "3", "10/7", "12345/678"])
def test_epsilon_is_rounded_down_so_that_noise_is_as_wide_as_paid_for(scale):
    exact = 1 / Fraction(scale)
    near = diffprivlib_sampler._float_at_most(exact)
    assert Fraction(near) <= exact < Fraction(math.nextafter(near, math.inf))


def test_no_random_state_is_ever_given():
    import secrets

    from diffprivlib.mechanisms import Geometric

    assert isinstance(Geometric(epsilon=1.0, sensitivity=1)._rng, secrets.SystemRandom)
