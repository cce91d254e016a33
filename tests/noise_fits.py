"""How well drawn noise fits a distribution: exact probabilities, chi-square, seeded words."""

from __future__ import annotations

import hashlib
import math
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
from scipy.stats import chi2, norm

from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace

BINS = 60


def seeded(seed):
    """Return a source of bytes that gives the same ones each time."""
    generator = np.random.default_rng(seed)
    return generator.bytes


def stream(name):
    """Return a source of bytes that any language can repeat: SHAKE-256 of name and counter."""
    counter = iter(range(10**9))
    return lambda count: hashlib.shake_256(f"{name} {next(counter)}".encode()).digest(count)


def scaled(mechanism, factor):
    """Return the mechanism with its width multiplied."""
    factor = Fraction(factor)
    if isinstance(mechanism, DiscreteLaplace):
        return DiscreteLaplace(mechanism.scale * factor)
    return DiscreteGaussian(mechanism.variance * factor**2)


def probabilities(mechanism, far):
    """Return P(X = x) for x = -far .. far as fractions, 40 digits right, tails left out."""
    exact = Context(prec=60)

    def mass(x):
        exponent = (
            Fraction(abs(x)) / mechanism.scale
            if isinstance(mechanism, DiscreteLaplace)
            else Fraction(x * x) / (2 * mechanism.variance)
        )
        power = exact.divide(Decimal(-exponent.numerator), Decimal(exponent.denominator))
        return Fraction(exact.exp(power))

    masses = [mass(x) for x in range(far + 1)]
    masses = masses[:0:-1] + masses
    total = sum(masses)
    return [mass / total for mass in masses]


def cumulative(mechanism, edges):
    """Return P(X <= edge) for each edge, as floats."""
    edges = np.asarray(edges, dtype=np.float64)
    if isinstance(mechanism, DiscreteLaplace):
        step = 1 / float(mechanism.scale)
        share = 1 / (1 + math.exp(-step))
        tails = share * np.exp(-step * np.where(edges >= 0, edges + 1, -edges))
        return np.where(edges >= 0, 1 - tails, tails)
    deviation = math.sqrt(mechanism.variance)
    if deviation > 1000:
        return norm.cdf((edges + 0.5) / deviation)
    far = int(12 * deviation) + 2
    values = np.arange(-far, far + 1)
    masses = np.exp(-(values**2) / (2 * deviation**2))
    sums = np.cumsum(masses) / masses.sum()
    return sums[np.clip(edges.astype(np.int64) + far, 0, 2 * far)]


def edges_of(values):
    """Divide values into at most `BINS` bins, each with a fair share of them."""
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS).astype(np.int64))


def fit(values, mechanism):
    """Return the p-value of the chi-square test that values are drawn from a mechanism."""
    edges = edges_of(np.random.default_rng(5).laplace(0, spread(mechanism), 100_000))
    sums = cumulative(mechanism, edges)
    expected = np.diff(np.concatenate([[0.0], sums, [1.0]])) * len(values)
    found = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    enough = expected >= 10
    over = ((found - expected)[enough] ** 2 / expected[enough]).sum()
    return float(chi2.sf(over, max(1, enough.sum() - 1)))


def fit_together(one, other):
    """Return the p-value of the chi-square test that two samples have the same distribution."""
    edges = edges_of(np.concatenate([one, other]))
    first, second = (
        np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
        for values in (one, other)
    )
    whole = first + second
    over = (
        first * math.sqrt(len(other) / len(one)) - second * math.sqrt(len(one) / len(other))
    ) ** 2
    kept = whole >= 20
    return float(chi2.sf((over[kept] / whole[kept]).sum(), max(1, kept.sum() - 1)))


def spread(mechanism):
    """Return a width to lay bins by."""
    if isinstance(mechanism, DiscreteLaplace):
        return float(mechanism.scale)
    return math.sqrt(mechanism.variance) / 1.4
