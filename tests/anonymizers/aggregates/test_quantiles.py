"""Quantiles from noisy nodes and bins: exact without noise, covered with it, never failing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.aggregates.bins import Bins, bins_between
from anonymizers.aggregates.quantiles import _balances, _places, node_counts, quantile_of
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from tests.exact_noise import drawn

USUAL = Fraction(19, 20)
HARDLY = DiscreteLaplace(Fraction(1, 10**6))
SOME = DiscreteLaplace(Fraction(4))

shares = st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20)


@st.composite
def binned(draw, counts):
    bins = Bins(
        low := draw(st.integers(-20, 20)),
        low + draw(st.integers(0, 40)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 9)),
    )
    row = draw(st.lists(counts, min_size=bins.count, max_size=bins.count))
    return bins, np.array([row], dtype=object)


def true_bin(row, q):
    return next(b for b in range(len(row)) if sum(row[: b + 1]) >= q * sum(row))


@given(binned(st.integers(0, 9)))
def test_nodes_are_the_sums_of_their_bins(drawn_bins):
    bins, counts = drawn_bins
    tree = node_counts(counts, bins)

    assert tree.shape == (1, bins.nodes + bins.count)
    for node in range(bins.nodes):
        mine = counts[0, node * bins.branching : (node + 1) * bins.branching]
        assert tree[0, node] == mine.sum()
    assert np.array_equal(tree[:, bins.nodes :], counts)


@given(binned(st.integers(0, 9)), shares)
def test_without_noise_the_quantile_is_its_bin(drawn_bins, q):
    bins, counts = drawn_bins
    found = quantile_of(node_counts(counts, bins)[0], bins, q, HARDLY, USUAL)

    if counts.sum() == 0:
        assert (found.low, found.high) == (bins.low, bins.high)
    else:
        place = true_bin(counts[0], q)
        assert found.low == bins.first(place)
        assert found.high == bins.last(place)
        assert found.low <= found.value <= found.high
        assert found.value == (bins.first(place) + bins.last(place)) // 2


@given(binned(st.integers(-(2**70), 2**70) | st.integers(-9, 9)), shares, st.data())
def test_any_noisy_counts_have_a_quantile_within_the_bounds(drawn_bins, q, data):
    bins, counts = drawn_bins
    nodes = data.draw(
        st.lists(st.integers(-(2**70), 2**70), min_size=bins.nodes, max_size=bins.nodes)
    )
    found = quantile_of([*nodes, *counts[0]], bins, q, SOME, USUAL)

    assert bins.low <= found.low <= found.value <= found.high <= bins.high
    if sum(nodes) <= 0:
        assert (found.low, found.high) == (bins.low, bins.high)


def coverage(values, q, claimed, real, repeats, *, high=99):
    """The share of intervals that hold the true quantile, and their mean length."""
    generator = np.random.default_rng(5)
    bins = bins_between(0, high)
    counts = np.bincount(values, minlength=bins.count)[None]
    exact, truth = node_counts(counts, bins)[0], true_bin(counts[0].tolist(), q)
    held, length = 0, 0.0
    for _ in range(repeats):
        noisy = exact + drawn(real, generator, len(exact))
        found = quantile_of(noisy, bins, q, claimed, USUAL)
        held += found.low <= truth <= found.high
        length += float(found.high - found.low)
    return held / repeats, length / repeats


@pytest.mark.parametrize("mechanism", [SOME, DiscreteGaussian(Fraction(30))])
@pytest.mark.parametrize("q", [Fraction(1, 2), Fraction(1, 10), Fraction(99, 100)])
@pytest.mark.parametrize("spread", ["everywhere", "in two places", "in one place"])
def test_intervals_hold_the_quantile_as_often_as_they_say(mechanism, q, spread, effort):
    generator = np.random.default_rng(6)
    values = {
        "everywhere": generator.integers(0, 100, 2000),
        "in two places": np.repeat([20, 80], [999, 1001]),
        "in one place": np.full(300, 50),
    }[spread]
    held, _ = coverage(values, q, mechanism, mechanism, 600 * effort)

    assert held >= 0.95 - 3 * (0.05 * 0.95 / (600 * effort)) ** 0.5


def test_intervals_are_no_longer_than_the_noise_makes_them(effort):
    # About 20 people a year: the noise of a cumulative count is about 18, two-sided 35.
    values = np.repeat(np.arange(100), 20)
    _, length = coverage(values, Fraction(1, 2), SOME, SOME, 600 * effort)

    assert 1 <= length <= 5


def test_intervals_of_other_noise_are_found_out(effort):
    # Half of the people in the first of two bins: it is excluded by one event alone, whose
    # probability isn't lessened by how coarse bins are.
    values, q = np.repeat([0, 1], 3000), Fraction(1, 2)
    real = DiscreteLaplace(Fraction(100))

    def held(claimed):
        return coverage(values, q, DiscreteLaplace(Fraction(claimed)), real, 3000 * effort, high=1)[
            0
        ]

    assert abs(held(100) - 0.975) < 4 * (0.025 * 0.975 / (3000 * effort)) ** 0.5
    assert held(70) < 0.96
    assert held(130) > 0.985


def test_rows_of_other_bins_are_refused():
    with pytest.raises(ValueError, match="of these bins"):
        quantile_of([1, 1, 1], Bins(0, 0, 1, 1), Fraction(1, 2), SOME, USUAL)


@pytest.mark.parametrize("q", [Fraction(0), Fraction(1), Fraction(-1, 2)])
def test_quantiles_lie_between_0_and_1(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_of([1, 1], Bins(0, 0, 1, 1), q, SOME, USUAL)


def test_balances_without_noise_are_what_is_counted_less_the_share_of_all():
    bins, q = Bins(0, 10, 1, 4), Fraction(1, 3)
    counts = np.array([[3, 0, 5, 1, 2, 2, 0, 7, 4, 4, 1]], dtype=object)
    size = _places(bins)[1][:-1]
    scaled = _balances(node_counts(counts, bins)[0], bins, q)
    for b in range(10):
        plain = sum(counts[0][: b + 1]) - q * counts.sum()
        assert scaled[b] == plain * q.denominator * (size[b] + 1)
