from __future__ import annotations

from fractions import Fraction

import pytest

from anonymizers.noise.mechanisms import (
    WIDEST,
    DiscreteGaussian,
    DiscreteLaplace,
    NoiseTooWideError,
)


@pytest.mark.parametrize("width", [Fraction(0), Fraction(-1, 3)])
def test_noise_has_a_width_above_nothing(width):
    for kind in (DiscreteLaplace, DiscreteGaussian):
        with pytest.raises(ValueError, match="a width above 0"):
            kind(width)


def test_noise_wider_than_samplers_draw_is_refused():
    with pytest.raises(NoiseTooWideError):
        DiscreteLaplace(WIDEST + Fraction(1, 9))
    with pytest.raises(NoiseTooWideError):
        DiscreteGaussian(WIDEST**2 + Fraction(1, 9))


def test_the_widest_noise_is_not_too_wide():
    assert DiscreteLaplace(Fraction(WIDEST)).scale == WIDEST
    assert DiscreteGaussian(Fraction(WIDEST**2)).variance == WIDEST**2
