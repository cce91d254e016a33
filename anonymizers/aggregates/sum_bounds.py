"""Three ways to bound weighted sums of independent noises: Chernoff, lattice and minorant.

Let X be such a sum. Both noises are symmetric, and so is X.

**Chernoff.** P(|X| > h) <= 2 E exp(sX) exp(-sh) for every s; the best s of a grid is as valid as
any other.

**Lattice.** Where all weights are multiples of a step, X has a pmf on the multiples of the step,
and one inverse Fourier transform gives it exactly, wrapped around a period.

**Minorant.** Let the real line be wrapped around a circle of length 2P. Selberg's trigonometric
polynomial S of degree K lies nowhere above the indicator of [-h, h] on the circle, so
E S(X) <= P(|X| <= h) + P(X outside of the period wraps into [-h, h]). E S(X) is a finite sum over
the characteristic function at multiples of pi / P. Nothing is cut off, so the bound holds whether
X is spread over few points or many. It costs about P / (K + 1) in h. With u = k / (K + 1), x the
share of the circle up to h, and f(u) = pi u (1 - u) cot(pi u) + u, the polynomial's mean is

    2x - 1/(K+1) + 2 sum_k [f(u) sin(2 pi k x) / (pi k) - (1-u) cos(2 pi k x) / (K+1)] phi(pi k/P),

and one transform gives it for every x of a grid.

**What wraps** into [-h, h] comes from at least a period less h away. Periods are so long that the
Chernoff bound makes that less than `WRAPPED`.

References:
    Montgomery: Ten Lectures on the Interface between Analytic Number Theory and Harmonic
    Analysis, 1994, chapter 1 (the polynomials of Selberg and Vaaler).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.aggregates.transforms import (
    last_moment,
    log_characteristic,
    log_moment,
    variance_of,
)

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

    Floats = NDArray[np.float64]

WRAPPED = 1e-10
"""More than the probability that wraps."""

_MOST_TERMS = 2**12
_FEWEST_TERMS = 2**9
_ALL_TERMS = 2**17
_GRID = 4
_STEPS_AN_OCTAVE = 12


@dataclass(frozen=True)
class Sums:
    """Sums of noises, as counts over the distinct pieces that they are made of.

    Attributes:
        pieces: a mechanism and a weight above 0 each.
        counts: (sums, pieces), how many noises of a piece are in a sum; no sum is empty.
    """

    pieces: tuple[tuple[Mechanism, Fraction], ...]
    counts: Floats

    def of(self, rows: NDArray[np.intp]) -> Sums:
        """Some of the sums, without pieces that none of them has."""
        places = np.flatnonzero(self.counts[rows].any(axis=0))
        pieces = tuple(self.pieces[place] for place in places)
        return Sums(pieces, self.counts[np.ix_(rows, places)])

    def log_characteristic(self, t: Floats) -> Floats:
        """(sums, t): logarithms of characteristic functions."""
        logs = [log_characteristic(noise, t * float(weight)) for noise, weight in self.pieces]
        return self.counts @ np.stack(logs)

    def log_moment(self, s: Floats) -> Floats:
        """(sums, s): upper bounds of the logarithms of moment generating functions."""
        logs = [log_moment(noise, s * float(weight)) for noise, weight in self.pieces]
        return self.counts @ np.stack(logs)

    def variances(self) -> Floats:
        """(sums,): their variances."""
        each = [variance_of(noise) * float(weight) ** 2 for noise, weight in self.pieces]
        variances: Floats = self.counts @ np.array(each)
        return variances

    def last_moments(self) -> Floats:
        """(sums,): where their moments end."""
        ends = np.array([last_moment(noise) / float(weight) for noise, weight in self.pieces])
        firsts: Floats = np.where(self.counts > 0, ends, np.inf).min(axis=1)
        return firsts


def chernoff(sums: Sums, tails: tuple[float, ...]) -> Floats:
    """(tails, sums): radii that the sums exceed with no more than these probabilities."""
    needs = np.log(2 / np.array(tails))
    around = np.sqrt(2 * np.outer(needs, 1 / sums.variances()))
    around = np.minimum(around, sums.last_moments())
    low, high = math.log2(around.min() / 4), math.log2(around.max() * 1.1)
    s = np.exp2(np.linspace(low, high, math.ceil((high - low) * _STEPS_AN_OCTAVE) + 1))
    moments = sums.log_moment(s)
    radii: Floats = np.stack([((need + moments) / s).min(axis=1) for need in needs])
    return radii


def on_lattice(one: Sums, step: Fraction, period: int, confidence: float) -> int:
    """The least multiple of a step that a sum stays within at a confidence.

    Args:
        one: a single sum.
        step: that its weights are multiples of.
        period: in steps, beyond which the sum less the answer lies with less than `WRAPPED`.
        confidence: below 1 - `WRAPPED`.
    """
    length = 2 ** max(period, 2).bit_length()
    t = 2 * math.pi * np.arange(length // 2 + 1) / length
    logs = [log_characteristic(noise, t * int(weight / step)) for noise, weight in one.pieces]
    pmf = np.fft.irfft(np.exp(one.counts[0] @ np.stack(logs)), length)[: length // 2]
    within = np.cumsum(2 * pmf) - pmf[0]
    return int(np.argmax(within >= confidence))


def by_minorant(sums: Sums, period: float, confidence: float) -> Floats:
    """(sums,): half widths at a confidence, infinite where none is found within the period.

    Args:
        sums: of about the same width.
        period: 2P, beyond which a sum less its half width lies with less than `WRAPPED`.
        confidence: that half widths reach.
    """
    terms = min(max(_ALL_TERMS // len(sums.counts), _FEWEST_TERMS), _MOST_TERMS)
    t = np.arange(terms, dtype=np.float64) * (2 * math.pi / period)
    spectrum = _spectrum(terms) * np.exp(sums.log_characteristic(t))
    points = _GRID * terms
    x = np.arange(points // 2 + 1) / points
    within = 2 * x - 1 / terms + points * np.fft.irfft(spectrum, points)[:, : len(x)]
    reached = within >= confidence
    return np.where(reached.any(axis=1), period * x[reached.argmax(axis=1)], np.inf)


def _spectrum(terms: int) -> NDArray[np.complex128]:
    """(terms,): what Selberg's polynomial of degree terms - 1 multiplies frequencies with."""
    k = np.arange(1, terms)
    u = k / terms
    f = math.pi * u * (1 - u) / np.tan(math.pi * u) + u
    return np.concatenate([[0], -(1 - u) / terms - 1j * f / (math.pi * k)])
