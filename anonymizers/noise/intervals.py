"""Intervals: how far noise lies from 0, and how wide it may be to stay that near.

Everything errs on the wide side: an interval is never too small. That of a discrete Laplace, and
of a discrete Gaussian with a deviation up to 1024, is the smallest there is; that of a wider
Gaussian is at most one unit wider than that.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, count
from math import isqrt

import numpy as np

from anonymizers.noise.exponentials import DIGITS, exp_decimal
from anonymizers.noise.masses import gaussian_masses
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace, Mechanism
from anonymizers.noise.quantiles import normal_quantile

MOST_CONFIDENT = 1 - Fraction(1, 10**12)
GRID = 10**6
"""Denominator of the scales and variances found for a half width."""

_SUMMED = 1024**2
"""The largest variance whose masses are summed."""
_MARGIN = Decimal("1e-60")
_PART = Fraction(1, 10**9)
"""More than floats are off."""


@lru_cache(maxsize=256)
def half_width(mechanism: Mechanism, confidence: Fraction) -> int:
    """Return a q with P(|X| <= q) >= confidence, the smallest or (see above) the next.

    Args:
        mechanism: of the noise X.
        confidence: above 0, `MOST_CONFIDENT` at most.

    Raises:
        ValueError: the confidence is out of range.
    """
    _check(confidence)
    return _half_width(mechanism, confidence)


def _half_width(mechanism: Mechanism, confidence: Fraction) -> int:
    if isinstance(mechanism, DiscreteLaplace):
        return _laplace_half_width(mechanism.scale, 1 - confidence)
    if mechanism.variance <= _SUMMED:
        return _summed_half_width(mechanism.variance, confidence)
    return _wide_half_width(mechanism.variance, confidence)


def laplace_within(half_width: int, confidence: Fraction) -> DiscreteLaplace:
    """Return the widest discrete Laplace on the grid whose half width is at most this one.

    Args:
        half_width: 1 at least.
        confidence: above 0, `MOST_CONFIDENT` at most.

    Raises:
        ValueError: either is out of range.
        NoiseTooWideError: the noise would be.
    """
    _check(confidence, half_width)
    beyond, outside = half_width + 1, 1 - confidence
    fits, fails = 1, GRID * (int(beyond / confidence) + 1)
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if _laplace_tail(Fraction(middle, GRID), beyond) <= _below(outside):
            fits = middle
        else:
            fails = middle
    return DiscreteLaplace(Fraction(fits, GRID))


def gaussian_within(half_width: int, confidence: Fraction) -> DiscreteGaussian:
    """Return the widest discrete Gaussian on the grid whose half width is at most this one.

    While its masses are summed, the widest is meant up to one part in 10^9.

    Args:
        half_width: 1 at least.
        confidence: above 0, `MOST_CONFIDENT` at most.

    Raises:
        ValueError: either is out of range.
        NoiseTooWideError: the noise would be.
    """
    _check(confidence, half_width)
    wide = (half_width / normal_quantile(confidence)) ** 2
    if wide > _SUMMED:
        return DiscreteGaussian(_on_grid(wide))
    near = _float_within(half_width, float(1 - confidence))
    tried = (DiscreteGaussian(_on_grid(near * (1 - step * _PART))) for step in count(1))
    return next(noise for noise in tried if _half_width(noise, confidence) <= half_width)


def _on_grid(exact: Fraction) -> Fraction:
    return Fraction(int(exact * GRID), GRID)


def _check(confidence: Fraction, half_width: int = 1) -> None:
    if not 0 < confidence <= MOST_CONFIDENT:
        raise ValueError("confidence lies above 0 and below 1 - 10^-12")
    if half_width < 1:
        raise ValueError("a half width is 1 at least")


def _laplace_half_width(scale: Fraction, outside: Fraction) -> int:
    """Solve 2 r^n / (1 + r) <= outside for n = q + 1, with r = e^(-1 / scale).

    The solution of the equation, rounded, is off by less than a unit: its neighbours are asked.
    """
    exact = Context(prec=DIGITS)
    ratio = exp_decimal(1 / scale)
    share = exact.multiply(exact.add(ratio, 1), _decimal(outside))
    steps = exact.multiply(_decimal(scale), exact.ln(exact.divide(Decimal(2), share)))
    near = int(steps.to_integral_value(ROUND_CEILING))
    tried = range(max(1, near - 1), near + 2)
    return next(n for n in tried if _laplace_tail(scale, n) <= _below(outside)) - 1


def _laplace_tail(scale: Fraction, beyond: int) -> Decimal:
    """Return P(|X| >= beyond) = 2 r^beyond / (1 + r), for beyond >= 1."""
    exact = Context(prec=DIGITS)
    ratio, power = exp_decimal(1 / scale), exp_decimal(beyond / scale)
    return exact.divide(exact.multiply(power, 2), exact.add(ratio, 1))


def _below(outside: Fraction) -> Decimal:
    """Return a share less a part of it that is larger than all errors of the decimals."""
    exact = Context(prec=DIGITS)
    return exact.multiply(_decimal(outside), exact.subtract(1, _MARGIN))


def _decimal(number: Fraction) -> Decimal:
    return Context(prec=DIGITS).divide(Decimal(number.numerator), Decimal(number.denominator))


def _summed_half_width(variance: Fraction, confidence: Fraction) -> int:
    """Add masses until they are enough, taking the sum of all of them for a little more."""
    half = gaussian_masses(variance)
    total = 2 * sum(half) - half[0]
    enough = confidence * total * (1 + Fraction(1, 2**100))
    covered = accumulate(half[1:], lambda sum_, mass: sum_ + 2 * mass, initial=half[0])
    return next(place for place, mass in enumerate(covered) if mass >= enough)


def _wide_half_width(variance: Fraction, confidence: Fraction) -> int:
    """Return the normal quantile, rounded up.

    With f(x) = exp(-x^2 / (2 variance)) and F its integral from q to infinity, the sum of f(x)
    over x > q is at most F, and over all x it is at least sqrt(2 pi variance) (Poisson summation:
    all terms are positive). So P(|X| > q) is at most what a normal variable has beyond q: this q
    is never too small. And where P(|X| > p) <= 1 - confidence, the normal variable has no more
    than that beyond p + 1, as the sum over x > p is at least the integral from p + 1 on (the sum
    over all x is within a part of 2^-1000 of the root): q is at most p + 1.
    """
    square = normal_quantile(confidence) ** 2 * variance
    return isqrt(-(-square.numerator // square.denominator) - 1) + 1


def _float_within(half_width: int, outside: float) -> Fraction:
    """Find the largest variance whose tail beyond the half width is small enough, in floats."""
    fits, fails = 0.0, float(_SUMMED)
    for _ in range(60):
        middle = (fits + fails) / 2
        if _float_tail(middle, half_width) <= outside:
            fits = middle
        else:
            fails = middle
    return Fraction(fits)


def _float_tail(variance: float, half_width: int) -> float:
    """Return P(|X| > half_width), nearly."""
    values = np.arange(int(14 * variance**0.5) + half_width + 2, dtype=np.float64)
    masses = np.exp(-(values**2) / (2 * variance))
    return float(2 * masses[half_width + 1 :].sum() / (2 * masses.sum() - 1))
