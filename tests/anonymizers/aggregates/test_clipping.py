"""What bounds leave out, estimated where it is paid for."""

from __future__ import annotations

from fractions import Fraction

from anonymizers.aggregates.clipping import clipped_share_of
from anonymizers.aggregates.means import Noisy
from anonymizers.noise.mechanisms import DiscreteLaplace

NOISE = DiscreteLaplace(Fraction(3))
USUAL = Fraction(19, 20)


def test_a_share_is_between_none_and_all():
    found = clipped_share_of(Noisy(100, NOISE), Noisy(1000, NOISE), USUAL)

    assert found.value == Fraction(1, 10)
    assert Fraction(8, 100) < found.low < found.high < Fraction(12, 100)
    assert clipped_share_of(Noisy(-7, NOISE), Noisy(1000, NOISE), USUAL).value == 0
    assert clipped_share_of(Noisy(999, NOISE), Noisy(990, NOISE), USUAL).high == 1


def test_without_records_any_share_is_possible():
    found = clipped_share_of(Noisy(1, NOISE), Noisy(2, NOISE), USUAL)

    assert (found.low, found.high) == (0, 1)
