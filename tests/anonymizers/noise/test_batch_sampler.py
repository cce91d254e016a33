from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

from anonymizers.noise.batch_sampler import BatchSampler
from anonymizers.noise.laplace import laplace_tables
from anonymizers.noise.mechanisms import WIDEST, DiscreteGaussian, DiscreteLaplace
from anonymizers.noise.samplers import make_sampler
from tests.noise_fits import fit, fit_together, scaled, seeded

DRAWS = 200_000

MECHANISMS = [
    DiscreteLaplace(Fraction(2, 3)),
    DiscreteLaplace(Fraction(5)),
    DiscreteLaplace(Fraction(50)),
    DiscreteLaplace(Fraction(5000)),
    DiscreteLaplace(Fraction(10**9, 7)),
    DiscreteLaplace(Fraction(WIDEST * 3, 4)),
    DiscreteGaussian(Fraction(1, 2)),
    DiscreteGaussian(Fraction(25)),
    DiscreteGaussian(Fraction(160_001)),
    DiscreteGaussian(Fraction(10**13, 3)),
    DiscreteGaussian(Fraction(WIDEST**2, 2)),
]


def width(mechanism):
    return getattr(mechanism, "scale", None) or mechanism.variance


named = pytest.mark.parametrize(
    "mechanism", MECHANISMS, ids=lambda it: f"{it.name} {float(width(it)):.3g}"
)


@named
def test_noise_fits_its_distribution(mechanism):
    values = BatchSampler(seeded(7)).draw(mechanism, DRAWS)
    assert values.dtype == np.int64
    assert fit(values, mechanism) > 1e-4


@named
@pytest.mark.parametrize("factor", ["7/10", "13/10"])
def test_noise_of_another_scale_is_seen(mechanism, factor):
    values = BatchSampler(seeded(7)).draw(scaled(mechanism, factor), DRAWS)
    assert fit(values, mechanism) < 1e-9


@pytest.mark.parametrize("mechanism", [it for it in MECHANISMS if width(it) > 4000])
def test_the_low_bits_of_wide_noise_are_even(mechanism):
    low = np.bincount(BatchSampler(seeded(8)).draw(mechanism, DRAWS) & 31, minlength=32)
    expected = DRAWS / 32
    assert ((low - expected) ** 2 / expected).sum() < 75


@pytest.mark.parametrize("mechanism", MECHANISMS[1:3] + MECHANISMS[4:5] + MECHANISMS[7:9])
def test_neighbouring_draws_have_nothing_to_do_with_each_other(mechanism):
    values = BatchSampler(seeded(9)).draw(mechanism, DRAWS)
    for lag in (1, 2, 1024, 1 << 15):
        assert abs(np.corrcoef(values[lag:], values[:-lag])[0, 1]) < 0.012
        assert abs(np.corrcoef(abs(values[lag:]), abs(values[:-lag]))[0, 1]) < 0.012


@pytest.mark.parametrize(
    "mechanism",
    [
        DiscreteLaplace(Fraction(5)),
        DiscreteLaplace(Fraction(50_000)),
        DiscreteGaussian(Fraction(30)),
        DiscreteGaussian(Fraction(10**10)),
    ],
)
def test_opendp_draws_the_same_distribution(mechanism, effort):
    draws = 60_000 if effort == 1 else 1_000_000
    exact = make_sampler("opendp", os.urandom).draw(mechanism, draws)
    assert fit_together(make_sampler("batch", os.urandom).draw(mechanism, draws), exact) > 1e-7
    other = make_sampler("batch", os.urandom).draw(scaled(mechanism, "7/10"), draws)
    assert fit_together(other, exact) < 1e-9


@named
def test_as_many_bytes_are_read_whatever_is_drawn(mechanism):
    read = {}
    for source in (
        seeded(1),
        seeded(2),
        lambda count: b"\0" * count,
        lambda count: b"\xff" * count,
    ):
        for count in (0, 1, 250, 1024, 1025, 100_000):
            asked = Counter()

            def told(size, source=source, asked=asked):
                asked[size] += 1
                return source(size)

            assert len(BatchSampler(told).draw(mechanism, count)) == count
            assert read.setdefault(count, asked) == asked
    assert read[0] == read[1] == read[250] == read[1024]
    words = {
        count: sum(size * times for size, times in asked.items()) for count, asked in read.items()
    }
    assert words[1025] * 1024 == words[1024] * 1025
    assert words[100_000] * 1024 == words[1024] * 100_000


@named
def test_the_most_unlikely_words_give_values_far_from_overflow(mechanism):
    for byte in (b"\0", b"\xff", b"\x7f", b"\x80"):
        values = BatchSampler(lambda count, byte=byte: byte * count).draw(mechanism, 5)
        assert abs(values).max() < 2**58


def test_equal_words_give_equal_noise():
    mechanism = DiscreteLaplace(Fraction(500))
    one, other = (BatchSampler(seeded(3)).draw(mechanism, 2000) for _ in range(2))
    assert one.tolist() == other.tolist()
    assert BatchSampler(seeded(4)).draw(mechanism, 2000).tolist() != one.tolist()


@named
def test_what_a_table_is_off_is_said(mechanism):
    sampler = make_sampler("batch", os.urandom)
    assert sampler.name == "batch"
    assert sampler.draws(mechanism)
    assert 0 < sampler.distance(mechanism) < Fraction(1, 2**51)


def test_threads_share_tables_that_nothing_changes():
    laplace_tables.cache_clear()
    mechanism = DiscreteLaplace(Fraction(333))

    def drawn(seed):
        return BatchSampler(seeded(seed)).draw(mechanism, 5000).tolist()

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(drawn, range(16)))
    assert together == [drawn(seed) for seed in range(16)]
