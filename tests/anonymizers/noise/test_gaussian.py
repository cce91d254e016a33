from __future__ import annotations

import math
from fractions import Fraction
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.noise import gaussian
from anonymizers.noise.gaussian import gaussian_tables, mixture_distance
from anonymizers.noise.mechanisms import WIDEST, DiscreteGaussian
from anonymizers.noise.tables import WORDS
from tests.noise_fits import probabilities
from tests.table_shares import combined, distance_between

VARIANCES = ["1/1000", "1/2", "25", "160000", "160001", "123456789/7", str(WIDEST**2)]


def mixed(fine, coarse, step):
    """Return the exact distribution of X1 + step * X2, and that of its variance."""
    variance = fine + step**2 * coarse
    far = int(16 * math.sqrt(variance)) + step
    first = probabilities(DiscreteGaussian(fine), int(16 * math.sqrt(fine)) + 1)
    second = probabilities(DiscreteGaussian(coarse), int(16 * math.sqrt(coarse)) + 1)
    masses = np.zeros(2 * far + 4 * step * len(second) + 1, dtype=object)
    middle = len(masses) // 2
    for place, share in enumerate(second):
        start = middle + step * (place - len(second) // 2) - len(first) // 2
        masses[start : start + len(first)] += np.array(first, dtype=object) * share
    shares = {x - middle: share for x, share in enumerate(masses)}
    exact = probabilities(DiscreteGaussian(variance), far)
    return shares, dict(zip(range(-far, far + 1), exact, strict=True))


@pytest.mark.parametrize(
    ("fine", "coarse", "step"),
    [("1", "1", 2), ("2", "3", 2), ("3", "5/3", 3), ("9", "4", 3), ("4", "1/2", 5), ("16", "5", 4)],
)
def test_a_sum_of_gaussians_is_within_the_distance_by_brute_force(fine, coarse, step):
    fine, coarse = Fraction(fine), Fraction(coarse)
    width = fine * coarse / (fine + step**2 * coarse)
    shares, exact = mixed(fine, coarse, step)
    found = distance_between(shares, exact)
    assert found <= mixture_distance(width)
    assert found > mixture_distance(width) / 100


def test_a_sum_with_too_wide_a_step_is_seen_to_be_wrong():
    shares, exact = mixed(Fraction(1), Fraction(9), 5)
    assert distance_between(shares, exact) > Fraction(1, 10)


@pytest.mark.parametrize("width", ["1/5", "1", "38/10"])
def test_the_distance_of_a_mixture_is_rounded_up(width):
    ratio = math.exp(-2 * math.pi**2 * Fraction(width))
    most = 2 * ratio / (1 - ratio)
    assert mixture_distance(Fraction(width)) >= most / (1 - most) * (1 - 1e-12)
    assert mixture_distance(Fraction(width)) <= most / (1 - most) * (1 + 1e-3)


@given(st.fractions(min_value=160001, max_value=WIDEST**2, max_denominator=10**6))
def test_variances_add_up_exactly(variance):
    parts, rest = [], variance
    while rest > gaussian._NARROW:
        parts.append(gaussian._FINE)
        rest = (rest - gaussian._FINE) / gaussian._STEP**2
        width = gaussian._FINE * rest / (gaussian._FINE + gaussian._STEP**2 * rest)
        assert mixture_distance(width) < Fraction(1, 2**100)
    whole = rest
    for part in parts:
        whole = whole * gaussian._STEP**2 + part
    assert whole == variance
    assert rest > 9


@pytest.fixture
def small_parts(monkeypatch):
    """Two parts small enough to count, so near to each other that it shows."""

    def make(fine, step):
        monkeypatch.setattr(gaussian, "_NARROW", 20)
        monkeypatch.setattr(gaussian, "_FINE", Fraction(fine))
        monkeypatch.setattr(gaussian, "_STEP", step)

    gaussian_tables.cache_clear()
    gaussian._fine_table.cache_clear()
    yield make
    gaussian_tables.cache_clear()
    gaussian._fine_table.cache_clear()


@pytest.mark.parametrize(("fine", "most"), [(15, Fraction(1, 2**55)), (3, Fraction(1, 2**15))])
def test_two_tables_together_are_within_the_distance_of_the_exact_distribution(
    small_parts, fine, most
):
    small_parts(fine, 2)
    mechanism = DiscreteGaussian(Fraction(60))
    tables = gaussian_tables(mechanism)
    shares = combined(tables.parts, lambda coarse, fine: 2 * coarse + fine)
    exact = dict(zip(range(-130, 131), probabilities(mechanism, 130), strict=True))
    assert len(tables.parts) == 2
    assert distance_between(shares, exact) <= tables.distance < most


@pytest.mark.parametrize("variance", VARIANCES)
def test_the_distance_is_small_at_every_variance(variance):
    tables = gaussian_tables(DiscreteGaussian(Fraction(variance)))
    assert 0 < tables.distance < Fraction(1, 2**51)
    assert all(len(table.limits) <= 8192 for table in tables.parts)


def test_values_are_put_together_from_all_parts():
    tables = gaussian_tables(DiscreteGaussian(Fraction(10**13)))
    assert len(tables.parts) == 3
    words = np.random.default_rng(4).integers(0, WORDS - 1, (3, 500), dtype=np.uint64)
    used = count()
    drawn = tables.draw(lambda: words[next(used)])
    rows = [table.look_up(row) for table, row in zip(tables.parts, words, strict=True)]
    assert drawn.tolist() == (10000 * rows[0] + 100 * rows[1] + rows[2]).tolist()


def test_the_widest_noise_stays_far_from_overflow():
    tables = gaussian_tables(DiscreteGaussian(Fraction(WIDEST**2)))
    largest = 0
    for table in tables.parts:
        largest = largest * 100 + max(int(table.values.max()), -int(table.values.min()))
    assert largest < 2**57
