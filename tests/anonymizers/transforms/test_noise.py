from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.transforms.grids import Grid
from anonymizers.transforms.noise import MOST_UNITS, Noise, digit_thresholds, discrete_laplace
from tests.changed_columns import KEY, OTHER_KEY, change, crowd, roots_of

PEOPLE = crowd(40_000)
ZEROS = np.zeros(len(PEOPLE), dtype=np.int64)
WIDE = Noise(50, -(10**15), 10**15, Grid())


def chi_square(drawn, scale):
    """Return how far the draws are from discrete Laplace of this scale, over 21 cells."""
    q = math.exp(-1 / scale)
    edge = 10 * max(1, round(scale / 3))
    width = edge // 10
    low = np.arange(-edge, edge, width)

    def below(n):  # P(X < n)
        return q ** (1 - n) / (1 + q) if n <= 0 else 1 - q**n / (1 + q)

    bounds = [-math.inf, *low.tolist(), edge, math.inf]
    cumulative = [0.0, *(below(n) for n in bounds[1:-1]), 1.0]
    expected = np.diff(cumulative) * len(drawn)
    counted = np.histogram(drawn, bins=[-(2**60), *low.tolist(), edge, 2**60])[0]
    return float(((counted - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("scale", [1, 2, 50, 100_000])
def test_noise_is_discrete_laplace_of_its_scale(scale):
    drawn = discrete_laplace(KEY, PEOPLE, ZEROS, scale)
    assert chi_square(drawn, scale) < 60  # 21 degrees of freedom: p of about 1e-5


@pytest.mark.parametrize("share", [0.7, 1.3])
def test_control_noise_of_another_scale_is_told_apart(share):
    assert chi_square(discrete_laplace(KEY, PEOPLE, ZEROS, 50), 50 * share) > 200


@given(st.integers(1, 10_000))
def test_the_digits_chances_are_those_of_a_geometric_number(scale):
    for place, limit in enumerate(digit_thresholds(scale)):
        chance = 1 / (1 + math.exp(2**place / scale))
        assert math.isclose(int(limit) / 2**64, chance, rel_tol=1e-9, abs_tol=2**-60)


def test_the_digits_multiply_to_the_geometric_distribution():
    """Every number below 2^m has the probability that its digits give it, and (1-q) q^n too."""
    limits = [int(limit) / 2**64 for limit in digit_thresholds(7)]
    q = math.exp(-1 / 7)
    for number in (0, 1, 2, 5, 30, 61):
        chances = [p if number >> place & 1 else 1 - p for place, p in enumerate(limits)]
        assert math.isclose(math.prod(chances), (1 - q) * q**number, rel_tol=1e-9)


@pytest.mark.parametrize("scale", [0, MOST_UNITS + 1])
def test_a_scale_without_noise_or_beyond_all_numbers_is_refused(scale):
    with pytest.raises(ValueError, match="scale of noise"):
        digit_thresholds(scale)


def test_the_widest_noise_stays_within_64_bits():
    drawn = discrete_laplace(KEY, PEOPLE, ZEROS, MOST_UNITS)
    assert np.abs(drawn).max() < 2**47
    assert 0.9 < drawn.std() / (math.sqrt(2) * MOST_UNITS) < 1.1


def test_the_same_persons_same_value_has_the_same_noise_a_thousand_times():
    values, people = pa.array([700, 800]), roots_of("ann", "ben")
    once = change(WIDE, values, people)
    turned = change(WIDE, pa.array([800, 700]), roots_of("ben", "ann"))
    assert turned.to_pylist()[::-1] == once.to_pylist()
    assert all(change(WIDE, values, people).equals(once) for _ in range(1_000))


def test_control_fresh_keys_average_the_noise_away():
    values, people = pa.array([700]), roots_of("ann")
    draws = [change(WIDE, values, people, bytes([n % 256, n // 256]) * 16) for n in range(1_000)]
    mean = sum(draw[0].as_py() for draw in draws) / 1_000
    assert abs(mean - 700) < 12  # 1.4 x 50 / 32, five times


def test_two_hundred_records_of_one_person_tell_no_more_than_one():
    values = pa.array([700] * 200)
    people = roots_of(*["ann"] * 200)
    assert len(set(change(WIDE, values, people).to_pylist())) == 1


def test_a_corrected_value_has_a_draw_of_its_own():
    """With the old draw, the difference of two releases would be that of the true values."""
    people = crowd(200)
    before = np.array(change(WIDE, pa.array([700] * 200), people))
    after = np.array(change(WIDE, pa.array([710] * 200), people))
    assert len(np.unique(after - before)) > 50


def test_partners_have_draws_of_their_own():
    people = crowd(200)
    mine = np.array(change(WIDE, pa.array([700] * 200), people))
    theirs = np.array(change(WIDE, pa.array([700] * 200), people, OTHER_KEY))
    assert abs(np.corrcoef(mine, theirs)[0, 1]) < 0.3


def test_values_are_clipped_before_and_after_and_null_stays():
    noise = Noise(1_000, 0, 100, Grid("number", 1))
    amounts = pa.array([Decimal("5.0"), None, Decimal("99999.9")] * 50, pa.decimal128(18, 1))
    released = change(noise, amounts).to_pylist()
    assert released[1::3] == [None] * 50
    assert all(0 <= value <= 10 for value in released if value is not None)
    inside, beyond = pa.array([100]), pa.array([100_000])
    assert change(noise, inside, crowd(1)).equals(change(noise, beyond, crowd(1)))


def test_it_says_its_scale_and_that_it_is_no_guarantee():
    noise = Noise(5_000, 0, 10_000_000, Grid("number", 2))
    assert noise.parameters == {
        "distribution": "discrete laplace",
        "scale": "50",
        "unit": "0.01",
        "bounds": ["0", "100000"],
    }
    assert "no differential privacy guarantee" in noise.describe()
    assert noise.draw == "5000 units of 0.01"


@pytest.mark.parametrize(
    ("texts", "holds"),
    [(["0", "10.0", None], True), (["10.1"], False), (["-0.1"], False), (["a"], False)],
)
def test_a_file_is_held_against_the_bounds(texts, holds):
    watch = Noise(5, 0, 100, Grid("number", 1)).watch()
    watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
    assert watch.holds() is holds
