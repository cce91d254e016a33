"""Values of noise a second: the batch sampler beside opendp, on one core.

python tests/benchmarks/bench_noise.py [--quick]

What is random comes from the operating system. What a mechanism's first draw costs, which makes
its tables, stands apart.
"""

from __future__ import annotations

import os
import statistics
from fractions import Fraction

from figures import Figure, median_and_best, run_as_script, seconds_of

from anonymizers.noise.gaussian import gaussian_tables
from anonymizers.noise.intervals import gaussian_within, half_width, laplace_within
from anonymizers.noise.laplace import laplace_tables
from anonymizers.noise.mechanisms import WIDEST, DiscreteGaussian, DiscreteLaplace
from anonymizers.noise.samplers import make_sampler

COUNT, QUICK = 5_000_000, 2000
PEER_SHARE = 50
"""The peer draws this many times fewer values: it is that much slower."""

MECHANISMS = {
    "Laplace, scale 5": DiscreteLaplace(Fraction(5)),
    "Laplace, scale 50": DiscreteLaplace(Fraction(50)),
    "Laplace, scale 500,000": DiscreteLaplace(Fraction(500_000)),
    "Laplace, the widest": DiscreteLaplace(Fraction(WIDEST)),
    "Gaussian, deviation 5": DiscreteGaussian(Fraction(25)),
    "Gaussian, deviation 50": DiscreteGaussian(Fraction(2500)),
    "Gaussian, deviation 500,000": DiscreteGaussian(Fraction(500_000**2)),
    "Gaussian, the widest": DiscreteGaussian(Fraction(WIDEST**2)),
}
TARGETS = {"Laplace, scale 5", "Laplace, scale 50", "Gaussian, deviation 5"}
SURE = Fraction(95, 100)


def measure(quick):
    """Yield values a second for each mechanism, then what is paid once."""
    count, rounds = (QUICK, 1) if quick else (COUNT, 5)
    for what, mechanism in MECHANISMS.items():
        own = _speed("batch", mechanism, count, rounds)
        peer = _speed("opendp", mechanism, count // PEER_SHARE, 1)
        target = ">= 10 M/s" if what in TARGETS else ""
        yield Figure(
            f"{what}: values a second",
            f"{own / 1e6:.1f} M (opendp {peer / 1e6:.2f} M)",
            target,
            f"{own / peer:.0f} times",
        )
    yield from _once(rounds)


def _speed(name, mechanism, count, rounds):
    sampler = make_sampler(name, os.urandom)
    sampler.draw(mechanism, 1)
    return count / statistics.median(seconds_of(lambda: sampler.draw(mechanism, count), rounds))


def _once(rounds):
    sampler = make_sampler("batch", os.urandom)
    for what, mechanism in MECHANISMS.items():

        def first(mechanism=mechanism):
            laplace_tables.cache_clear()
            gaussian_tables.cache_clear()
            sampler.distance(mechanism)

        yield Figure(f"{what}: its tables", median_and_best(seconds_of(first, rounds)))
    small = seconds_of(lambda: sampler.draw(MECHANISMS["Laplace, scale 5"], 250), 20 * rounds)
    yield Figure("250 values at once", median_and_best(small))
    found = seconds_of(lambda: [laplace_within(15, SURE), gaussian_within(15, SURE)], rounds)
    yield Figure("noise for a half width of 15, both kinds", median_and_best(found))
    widths = seconds_of(lambda: [half_width.__wrapped__(it, SURE) for it in MECHANISMS.values()])
    yield Figure("half widths of all of these", median_and_best(widths))


if __name__ == "__main__":
    run_as_script(measure)
