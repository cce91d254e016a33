"""Rises and patterns: marked at most at the stated rate where nothing is there; without the
margin of the noise the same would mark many."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.publishing.noise_tails import EITHER, GAUSSIAN, LAPLACE, Noise, mechanism_of
from gateway.publishing.patterns import excesses, find_patterns
from gateway.publishing.rises import find_rises, rises_of
from gateway.publishing.series import Cell, Series

QUARTERS = [f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)]


def laplace(rng, scale, size):
    p = 1 - math.exp(-1 / scale)
    return rng.geometric(p, size) - rng.geometric(p, size)


def half_width(scale):
    q = math.exp(-1 / scale)
    return next(h for h in itertools.count() if 2 * q ** (h + 1) / (1 + q) <= 0.05)


@given(st.floats(0.2, 5000))
def test_the_noise_taken_is_never_narrower_than_the_noise_drawn(scale):
    noise = Noise(LAPLACE, half_width(scale))
    assert noise.decay >= math.exp(-1 / scale) - 1e-12
    assert 2 * noise.decay ** (noise.half_width + 1) / (1 + noise.decay) <= 0.05 + 1e-9


@pytest.mark.parametrize("values", [1, 2, 4, 30])
@pytest.mark.parametrize("scale", [0.5, 3.0, 40.0])
def test_sums_of_laplace_noise_exceed_their_bound_as_often_as_stated(values, scale):
    rng = np.random.default_rng(7)
    sums = laplace(rng, scale, (200_000, values)).sum(axis=1)
    bound = Noise(LAPLACE, half_width(scale)).sum_bound(values, 0.025)
    assert np.mean(sums > bound) <= 0.027
    assert np.mean(sums > 0.7 * bound - 1) > 0.03  # narrower would be wrong


def test_one_value_s_bound_is_the_stated_half_width():
    for scale in (0.3, 1, 5, 77):
        noise = Noise(LAPLACE, half_width(scale))
        assert noise.sum_bound(1, 0.025) == noise.half_width


@pytest.mark.parametrize("sigma", [2.0, 15.0])
def test_gaussian_noise_is_bounded_as_well(sigma):
    rng = np.random.default_rng(3)
    noise = Noise(GAUSSIAN, math.ceil(1.96 * sigma))
    sums = np.rint(rng.normal(0, sigma, (200_000, 4))).sum(axis=1)
    assert np.mean(sums > noise.sum_bound(4, 0.025)) <= 0.026
    weights = np.array([[1.0, -0.5]])
    drawn = np.rint(rng.normal(0, sigma, (200_000, 2))) @ weights[0]
    assert np.mean(drawn > noise.weighted_bound(weights, np.ones(2), 0.025)[0]) <= 0.025


def test_weighted_sums_keep_below_their_bound():
    rng = np.random.default_rng(5)
    weights, times = np.array([[1.0, -0.1]]), np.array([1.0, 40.0])
    noise = Noise(LAPLACE, half_width(9.0))
    drawn = laplace(rng, 9.0, (100_000, 41)) @ np.repeat(weights[0], [1, 40])
    bound = noise.weighted_bound(weights, times, 0.01)[0]
    assert np.mean(drawn > bound) <= 0.01
    assert np.mean(drawn > bound / 2) > 0.01


def test_no_noise_has_no_bound():
    noise = Noise(LAPLACE, 0)
    assert noise.sum_bound(3, 0.5) == 0
    assert Noise(LAPLACE, 0).decay < 0.03


def drawn_lines(rng, scale, states=50):
    levels = rng.integers(0, 200, states)
    return {str(n): level + laplace(rng, scale, len(QUARTERS)) for n, level in enumerate(levels)}


def test_rises_are_marked_at_most_at_the_stated_rate_where_nothing_changed(effort):
    rng = np.random.default_rng(11)
    noise, runs = Noise(LAPLACE, half_width(10.0)), 400 * effort
    marked = sum(bool(find_rises(drawn_lines(rng, 10.0), QUARTERS, noise)) for _ in range(runs))
    assert marked <= 0.025 * runs + 3 * math.sqrt(0.025 * 0.975 * runs)


def test_control_without_the_margin_of_both_values_many_rises_are_marked():
    rng = np.random.default_rng(12)
    lines = drawn_lines(rng, 10.0)
    one_value_only = half_width(10.0)
    rises = [b - a > one_value_only for line in lines.values() for a, b in itertools.pairwise(line)]
    assert sum(rises) >= 8


def test_a_true_rise_is_marked_and_said():
    lines = {"CA": [100, 102, 400], "TX": [50, 49, 60]}
    (rise,) = find_rises(lines, QUARTERS[:3], Noise(LAPLACE, 15))
    assert (rise.form, rise.before, rise.period, rise.was, rise.now) == (
        *("CA", "2024-Q2", "2024-Q3", 102, 400),
    )
    assert 0 < rise.least < 298


def test_nothing_is_marked_where_there_is_nothing_to_compare():
    assert find_rises({}, QUARTERS, Noise(LAPLACE, 5)) == []
    assert find_rises({"CA": [9]}, QUARTERS[:1], Noise(LAPLACE, 5)) == []
    uneven = {("CA", "2024"): Cell(5, 1, 9), ("CA", "2025"): Cell(90, 80, 100)}
    assert rises_of(Series("count_people", ("state", "year"), uneven, LAPLACE), 1, ["2024"]) == []


def independent(rng, shape, total):
    shares = [rng.dirichlet(np.full(n, 3.0)) for n in shape]
    expected = total
    for axis, share in enumerate(shares):
        along = [1] * len(shape)
        along[axis] = -1
        expected = expected * share.reshape(along)
    return np.broadcast_to(expected, shape)


@pytest.mark.parametrize("shape", [(5, 6), (4, 6, 5)])
def test_patterns_are_marked_at_most_at_the_stated_rate_where_none_are(shape, effort):
    rng = np.random.default_rng(21)
    noise, runs = Noise(LAPLACE, half_width(8.0)), 200 * effort
    marked = 0
    for _ in range(runs):
        true = np.rint(independent(rng, shape, 20_000))
        _, excess = excesses(true + laplace(rng, 8.0, shape), noise)
        marked += bool((excess > 0).any())
    assert marked <= 0.05 * runs + 3 * math.sqrt(0.05 * 0.95 * runs)


def test_control_without_the_margin_many_patterns_are_marked():
    rng = np.random.default_rng(22)
    counts = np.rint(independent(rng, (5, 6), 20_000)) + laplace(rng, 8.0, (5, 6))
    expected, _ = excesses(counts, Noise(LAPLACE, half_width(8.0)))
    assert np.sum(counts > expected) >= 8


def test_a_true_pattern_is_marked_and_special_forms_never_are():
    forms = (("ForcedLabour", "Other", "null"), ("Debt", "Threats", "other"))
    counts = {("ForcedLabour", "Debt"): 3000, ("Other", "Threats"): 3000, ("null", "other"): 9000}
    cells = {
        pair: Cell(counts.get(pair, 500), counts.get(pair, 500) - 20, counts.get(pair, 500) + 20)
        for pair in itertools.product(*forms)
    }
    found = find_patterns(Series("count_people", ("type", "control"), cells, LAPLACE))
    assert [pattern.forms for pattern in found] == [("ForcedLabour", "Debt"), ("Other", "Threats")]
    assert found[0].expected == pytest.approx(1750)
    assert 1000 < found[0].least < 1250


def test_margins_within_their_noise_say_nothing():
    counts = np.array([[4.0, 3.0], [2.0, 5.0]])
    _, excess = excesses(counts, Noise(LAPLACE, 30))
    assert np.all(np.isneginf(excess))
    one_empty = np.array([[4000.0, 3000.0], [2.0, 5.0]])
    _, excess = excesses(one_empty, Noise(LAPLACE, 30))
    assert np.all(np.isneginf(excess[1]))
    unknown = {("a", "b"): Cell(1, None, None)}
    assert find_patterns(Series("count_people", ("x", "y"), unknown, LAPLACE)) == []


def test_where_the_mechanism_is_not_said_the_wider_bound_is_taken():
    assert mechanism_of({"epsilon": 1.0, "rho": None}) == LAPLACE
    assert mechanism_of({"epsilon": None, "rho": 0.1}) == GAUSSIAN
    assert mechanism_of({"epsilon": 1.0, "rho": 0.1}) == mechanism_of({}) == EITHER
    for values, tail in ((1, 0.025), (2, 1e-5), (400, 0.025)):
        bounds = {name: Noise(name, 20).sum_bound(values, tail) for name in (LAPLACE, GAUSSIAN)}
        assert Noise(EITHER, 20).sum_bound(values, tail) == max(bounds.values())
    weights, times = np.array([[1.0, -0.2]]), np.array([1.0, 9.0])
    bounds = [Noise(n, 20).weighted_bound(weights, times, 0.01)[0] for n in (LAPLACE, GAUSSIAN)]
    assert Noise(EITHER, 20).weighted_bound(weights, times, 0.01)[0] == max(bounds)
