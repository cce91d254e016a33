"""Totals and parts that agree: always, as least squares has it, and as wide as they say."""

from __future__ import annotations

from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.aggregates.consistency import Level, reconcile
from anonymizers.aggregates.noise_sums import NoisePart, half_width_of_sum
from anonymizers.aggregates.transforms import variance_of
from anonymizers.noise.intervals import half_width
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from tests.exact_noise import drawn

USUAL = Fraction(19, 20)


def regular(*sizes):
    """Parents of each level but the coarsest: a tree whose levels branch by these sizes."""
    parents, nodes = [], 1
    for size in reversed(sizes):
        parents.append(np.repeat(np.arange(nodes), size))
        nodes *= size
    return parents[::-1]


@st.composite
def forests(draw):
    """Up to four levels; every node has 1 to 4 children, in any order."""
    nodes, parents = draw(st.integers(1, 3)), []
    for _ in range(draw(st.integers(0, 3))):
        sizes = draw(st.lists(st.integers(1, 4), min_size=nodes, max_size=nodes))
        above = draw(st.permutations(np.repeat(np.arange(nodes), sizes).tolist()))
        parents.append(np.array(above))
        nodes = len(above)
    return parents[::-1]


def sizes_of(parents):
    """How many nodes each level has, given that of all but the coarsest."""
    return [len(above) for above in parents] + [int(parents[-1].max()) + 1 if parents else 3]


def totals_of(leaves, parents):
    levels = [np.array(leaves, dtype=object)]
    for above in parents:
        total = np.array([0] * (int(above.max()) + 1), dtype=object)
        np.add.at(total, above, levels[-1])
        levels.append(total)
    return levels


def levels_of(values, parents, mechanisms):
    above = [*parents, None]
    return [Level(*level) for level in zip(values, above, mechanisms, strict=True)]


def noisy(truth, parents, mechanisms, generator):
    values = [
        [v + int(x) for v, x in zip(level, drawn(mechanism, generator, len(level)), strict=True)]
        for level, mechanism in zip(truth, mechanisms, strict=True)
    ]
    return levels_of(values, parents, mechanisms)


def membership(parents):
    """(nodes, leaves), level under level: which leaves are below a node."""
    rows = [np.eye(sizes_of(parents)[0])]
    for above in parents:
        rows.append(np.zeros((int(above.max()) + 1, rows[0].shape[1])))
        np.add.at(rows[-1], above, rows[-2])
    return np.concatenate(rows)


wide = st.sampled_from(
    [
        DiscreteLaplace(Fraction(3)),
        DiscreteLaplace(Fraction(10**5, 3)),
        DiscreteGaussian(Fraction(40)),
        DiscreteGaussian(Fraction(10**9)),
    ]
)


@settings(max_examples=50)
@given(st.data())
def test_children_always_sum_to_their_parent(data):
    parents = data.draw(forests())
    sizes = sizes_of(parents)
    huge = st.integers(-(2**70), 2**70)
    values = [data.draw(st.lists(huge, min_size=n, max_size=n)) for n in sizes]
    mechanisms = [data.draw(wide) for _ in sizes]

    agreed = reconcile(levels_of(values, parents, mechanisms), USUAL)

    assert [len(level.values) for level in agreed] == sizes
    for finer, coarser, above in zip(agreed, agreed[1:], parents, strict=False):
        assert all(isinstance(value, int) for value in finer.values)
        assert totals_of(finer.values, [above])[1].tolist() == coarser.values.tolist()


@settings(max_examples=50)
@given(forests(), st.data())
def test_values_are_those_of_least_squares_rounded(parents, data):
    sizes = sizes_of(parents)
    values = [data.draw(st.lists(st.integers(-99, 99), min_size=n, max_size=n)) for n in sizes]
    mechanisms = [data.draw(wide) for _ in sizes]
    nodes = membership(parents)
    weights = 1 / np.repeat([variance_of(m) for m in mechanisms], sizes)

    agreed = reconcile(levels_of(values, parents, mechanisms), USUAL)

    root = np.sqrt(weights)
    best, *_ = np.linalg.lstsq(root[:, None] * nodes, root * np.concatenate(values), rcond=None)
    found = np.concatenate([level.values for level in agreed]).astype(float)
    assert np.abs(found - nodes @ best).max() < 2 + 1e-6


@settings(max_examples=25)
@given(forests())
def test_half_widths_are_those_of_the_noise_that_is_left(parents):
    sizes = sizes_of(parents)
    mechanisms = [DiscreteGaussian(Fraction(10**10 * (1 + level))) for level in range(len(sizes))]
    nodes = membership(parents)
    weights = 1 / np.repeat([variance_of(m) for m in mechanisms], sizes)
    covariance = nodes @ np.linalg.inv(nodes.T @ (weights[:, None] * nodes)) @ nodes.T
    exact = NormalDist().inv_cdf(0.975) * np.sqrt(np.diag(covariance))

    agreed = reconcile(levels_of([[0] * n for n in sizes], parents, mechanisms), USUAL)

    ratio = np.concatenate([level.half_widths for level in agreed]) / exact
    assert ratio.min() >= 1 - 1e-9
    assert ratio.max() <= 1.004


def test_values_beyond_machine_integers_are_exact():
    parents = regular(3, 2)
    huge = [2**90 + n for n in range(6)]
    truth = totals_of(huge, parents)
    levels = levels_of(truth, parents, [DiscreteLaplace(Fraction(2))] * 3)

    for level, exact in zip(reconcile(levels, USUAL), truth, strict=True):
        assert level.values.tolist() == exact.tolist()


def test_machine_integers_do_not_overflow():
    values = [np.array([2**62, 2**62, 2**62]), np.array([0])]
    agreed = reconcile(levels_of(values, regular(3), [DiscreteLaplace(Fraction(2))] * 2), USUAL)

    assert abs(sum(agreed[0].values) - 3 * 2**60) < 2**50
    assert sum(agreed[0].values) == agreed[1].values[0]


def test_a_single_level_comes_back_as_it_is():
    noise = DiscreteLaplace(Fraction(5))
    (level,) = reconcile([Level([3, -7], np.zeros(0, dtype=np.int64), noise)], USUAL)

    assert level.values.tolist() == [3, -7]
    assert level.half_widths.tolist() == [half_width(noise, USUAL)] * 2


def coverage(parents, claimed, real, effort):
    """The share of nodes of each level whose interval holds the truth."""
    generator = np.random.default_rng(4)
    truth = totals_of(generator.integers(0, 50, sizes_of(parents)[0]).tolist(), parents)
    repeats, held = 150 * effort, np.zeros(len(truth))
    for _ in range(repeats):
        levels = [
            Level(level.values, level.parents, mechanism)
            for level, mechanism in zip(
                noisy(truth, parents, real, generator), claimed, strict=True
            )
        ]
        for place, (level, exact) in enumerate(zip(reconcile(levels, USUAL), truth, strict=True)):
            held[place] += np.mean(np.abs(level.values - exact) <= level.half_widths)
    return held / repeats


LAPLACES = [DiscreteLaplace(Fraction(scale)) for scale in (60, 90, 60)]
MIXED = [DiscreteLaplace(60), DiscreteGaussian(4000), DiscreteLaplace(200)]


@pytest.mark.parametrize("mechanisms", [LAPLACES, MIXED])
@pytest.mark.parametrize(
    "parents", [regular(6, 40), [np.repeat(np.arange(40), [1, 2, 3, 8] * 10), np.arange(40) // 4]]
)
def test_intervals_hold_the_truth_as_often_as_they_say(parents, mechanisms, effort):
    held = coverage(parents, mechanisms, mechanisms, effort)
    nodes = np.array(sizes_of(parents)) * 150 * effort

    # Errors of siblings hang together; of a level of one node they don't.
    assert np.all(held >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / nodes) - 0.001)
    assert held[0] <= 0.965


@pytest.mark.parametrize("parents", [regular(6, 40)])
def test_intervals_of_other_noise_are_found_out(parents, effort):
    narrower = [DiscreteLaplace(m.scale * Fraction(7, 10)) for m in LAPLACES]
    wider = [DiscreteLaplace(m.scale * Fraction(13, 10)) for m in LAPLACES]

    assert np.all(coverage(parents, narrower, LAPLACES, effort)[:2] < 0.92)
    assert np.all(coverage(parents, wider, LAPLACES, effort)[:2] > 0.97)


def test_totals_are_narrower_than_their_own_noise_and_than_sums_of_parts():
    noise = DiscreteLaplace(Fraction(50))
    parents = regular(12, 7)
    agreed = reconcile(levels_of([[0] * n for n in sizes_of(parents)], parents, [noise] * 3), USUAL)
    own = half_width(noise, USUAL)

    for level, parts in zip(agreed[1:], (12, 84), strict=True):
        summed = half_width_of_sum([NoisePart(noise, Fraction(1), parts)], USUAL)
        assert level.half_widths.max() <= own < summed


@pytest.mark.parametrize(
    "levels",
    [
        [],
        [([], None)],
        [([1], [0])],
        [([1, 2], None), ([3], None)],
        [([1, 2], [0]), ([3], None)],
        [([1, 2], [0, 1]), ([3], None)],
        [([1, 2], [0, 0]), ([3, 4], None)],
        [([1, 2], [0, -1]), ([3], None)],
    ],
)
def test_levels_that_are_no_forest_are_refused(levels):
    noise = DiscreteLaplace(Fraction(1))
    with pytest.raises(ValueError, match=r"."):
        reconcile([Level(values, above, noise) for values, above in levels], USUAL)
