"""Private keys: those whose values aren't declared are named once enough noisy people have them.

Let each key that occurs in the data have its people counted with noise, and be named, with its
noisy count, if that is a threshold or more. Let D have one privacy unit more than D'. The keys of
D' all occur in D; the at most k keys that the unit alone brings have an exact count of 1 in D, so
each of them is named with probability p = P(1 + noise >= threshold) only. Let M' be the mechanism
that counts D but names only keys of D', and delta = k p.

**Laplace.** M'(D) and M(D') noise the same keys, so P(M'(D) in S) <= e^eps P(M(D') in S) and
back. M(D) is M'(D) unless one of the j <= k new keys is named, independently of all else.

- P(M(D) in S) <= P(M'(D) in S) + j p <= e^eps P(M(D') in S) + delta.
- Let y = min(1, e^eps P(M'(D) in S)), so that P(M(D') in S) <= y. As the new keys stay unnamed
  with probability 1 - j p or more, y (1 - j p) <= e^eps P(M'(D) in S) (1 - j p)
  <= e^eps P(M(D) in S). And y j p <= delta. Together P(M(D') in S) <= e^eps P(M(D) in S) + delta.

So it is (eps, delta)-differentially private; deltas add up under composition as epsilons do.

**Gaussian.** Under the condition that no new key is named, whose probability is 1 - delta or
more, M(D) is M'(D), which is rho-zCDP with respect to M(D'): that is delta-approximate rho-zCDP
by definition, and composes by adding rhos and deltas.

What else is answered for the keys that were named is a further mechanism over public keys.

References:
    Korolova, Kenthapadi, Mishra, Ntoulas: Releasing Search Queries and Clicks Privately, 2009.
    Bun, Steinke: Concentrated Differential Privacy, 2016 (definition 8.1).
    Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, 2020.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

from anonymizers.noise.exponentials import exp_decimal
from anonymizers.noise.mechanisms import DiscreteLaplace

if TYPE_CHECKING:
    from anonymizers.noise.mechanisms import Mechanism

_FARTHEST = Fraction(1000)
"""e^-1000 stands for all that is less."""
_MARGIN = 1 + Fraction(1, 10**60)
"""More than decimals of a hundred digits are off, as a factor, even where they cancel."""
_TWO_PI = Fraction(62831853, 10**7)
"""A little below 2 pi = 6.28318530..."""


def threshold_for(mechanism: Mechanism, keys_per_unit: int, delta: Fraction) -> int:
    """The least threshold whose delta is no more than the one given.

    Args:
        mechanism: of the noise in the counts of people.
        keys_per_unit: that one privacy unit has at most; 1 or more.
        delta: above 0.

    Raises:
        ValueError: If `keys_per_unit` or `delta` is out of range.
    """
    if delta <= 0:
        raise ValueError("naming private keys needs a delta above 0")
    fails, passes = 0, 1
    while delta_of(mechanism, keys_per_unit, passes) > delta:
        fails, passes = passes, 2 * passes
    while passes - fails > 1:
        middle = (fails + passes) // 2
        if delta_of(mechanism, keys_per_unit, middle) <= delta:
            passes = middle
        else:
            fails = middle
    return passes


def delta_of(mechanism: Mechanism, keys_per_unit: int, threshold: int) -> Fraction:
    """No less than keys_per_unit P(noise >= threshold - 1), and no more than 1.

    Args:
        mechanism: of the noise in the counts of people.
        keys_per_unit: that one privacy unit has at most; 1 or more.
        threshold: noisy people that a key needs to be named.

    Returns:
        For discrete Laplace noise the number itself, but for a part of 10^-60 (and never below
        e^-1000); for discrete Gaussian noise an upper bound, close where it is small. At a
        threshold of 1 or less every key may be named: 1.

    Raises:
        ValueError: If `keys_per_unit` is below 1.
    """
    if keys_per_unit < 1:
        raise ValueError("a unit has one key at least")
    least = threshold - 1
    if least < 1:
        return Fraction(1)
    return min(keys_per_unit * _tail(mechanism, least) * _MARGIN, Fraction(1))


def _tail(mechanism: Mechanism, least: int) -> Fraction:
    """P(noise >= least), or a little more; `least` is 1 or more."""
    if isinstance(mechanism, DiscreteLaplace):
        return _exp(least / mechanism.scale) / (1 + _exp(1 / mechanism.scale))
    return _gaussian_tail(mechanism.variance, least)


def _gaussian_tail(variance: Fraction, least: int) -> Fraction:
    """An upper bound of a sum of masses, over a lower bound of all of them.

    From one value to the next the mass falls at least by the first factor of the tail: a geometric
    series. All masses sum to no less than 1 + 2 e^(-1 / (2 variance)), nor, by Poisson's
    summation, than sqrt(2 pi variance).
    """
    first, factor = _exp(least**2 / (2 * variance)), _exp((2 * least + 1) / (2 * variance))
    everything = max(1 + 2 * _exp(1 / (2 * variance)), _root_below(_TWO_PI * variance))
    return first / (1 - factor) / everything


def _root_below(square: Fraction) -> Fraction:
    return Fraction(isqrt(int(square * 10**40)), 10**20)


def _exp(exponent: Fraction) -> Fraction:
    return Fraction(exp_decimal(min(exponent, _FARTHEST)))
