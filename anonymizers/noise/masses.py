"""Masses: the probabilities of a distribution over integers, in fixed point, up to one factor.

Each list is computed by a recurrence whose factors are at most 1, so that errors only add up: a
list of n masses is off by less than n^2 * 2^-254 in all. Its largest mass is 1 and stands for the
value 0, or first. Where the distribution has no end, the list ends where masses fall below
2^-128.
"""

from __future__ import annotations

from fractions import Fraction

from anonymizers.noise.exponentials import BITS, ONE, exp_minus

LEAST = ONE >> 128
"""Masses below it are left out."""


def digit_masses(rate: Fraction, count: int) -> list[int]:
    """Return e^(-rate * n) for n from 0 on.

    Args:
        rate: above 0.
        count: of masses.
    """
    return _powers(exp_minus(rate), count)


def laplace_masses(rate: Fraction, step: Fraction) -> tuple[list[int], int]:
    """Return the masses of a signed geometric variable, and the value of the first.

    The value n >= 0 has the mass e^(-rate * n), and ~n = -(n + 1) has e^-step times that. With
    step = rate this is the discrete Laplace of scale 1 / rate.

    Args:
        rate: above 0.
        step: above 0.
    """
    ratio, down = exp_minus(rate), exp_minus(step)
    up = _powers(ratio)
    return [mass * down >> BITS for mass in reversed(up)] + up, -len(up)


def gaussian_masses(variance: Fraction) -> list[int]:
    """Return e^(-n^2 / (2 variance)) for n from 0 on.

    Each is the one before times a ratio that itself falls by the factor e^(-1 / variance).
    """
    masses: list[int] = []
    mass = ONE
    ratio, fall = exp_minus(Fraction(1, 2) / variance), exp_minus(1 / variance)
    while mass > LEAST:
        masses.append(mass)
        mass = mass * ratio >> BITS
        ratio = ratio * fall >> BITS
    return masses


def _powers(ratio: int, most: int | None = None) -> list[int]:
    """Return 1, ratio, ratio^2, ...: so many, or as many as aren't below `LEAST`."""
    masses: list[int] = []
    mass = ONE
    while mass > LEAST if most is None else len(masses) < most:
        masses.append(mass)
        mass = mass * ratio >> BITS
    return masses
