"""Noise as a table of probabilities, for tests that compare with what is exact, and draws of it."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from anonymizers.noise.mechanisms import DiscreteLaplace


def mass_of(mechanism, reach):
    """P(-reach), ..., P(reach), summed to 1."""
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    if isinstance(mechanism, DiscreteLaplace):
        mass = np.exp(-np.abs(x) / float(mechanism.scale))
    else:
        mass = np.exp(-(x**2) / (2 * float(mechanism.variance)))
    return mass / mass.sum()


def reach_of(mechanism):
    """Beyond it lies less than 1e-15."""
    if isinstance(mechanism, DiscreteLaplace):
        return math.ceil(36 * float(mechanism.scale)) + 1
    return math.ceil(9 * math.sqrt(float(mechanism.variance))) + 1


def mass_of_sum(parts):
    """The step of a sum's lattice, and its probabilities, 0 in the middle; slow and plain."""
    below = math.lcm(*(part.weight.denominator for part in parts))
    single = [
        spread_out(mass_of(part.mechanism, reach_of(part.mechanism)), abs(int(part.weight * below)))
        for part in parts
        for _ in range(part.count)
    ]
    return 1 / below, reduce(np.convolve, single)


def spread_out(mass, by):
    wide = np.zeros((len(mass) - 1) * by + 1)
    wide[::by] = mass
    return wide


def within(parts, half_width):
    """P(|X| <= half_width) of the sum."""
    step, mass = mass_of_sum(parts)
    far = np.abs(np.arange(len(mass)) - len(mass) // 2) * step
    return float(mass[far <= half_width * (1 + 1e-12)].sum())


def drawn(mechanism, generator, size):
    """Draws, good enough for tests: not how weir draws."""
    if isinstance(mechanism, DiscreteLaplace):
        ratio = math.exp(-1 / float(mechanism.scale))
        return generator.geometric(1 - ratio, size) - generator.geometric(1 - ratio, size)
    reach = reach_of(mechanism)
    return generator.choice(np.arange(-reach, reach + 1), size, p=mass_of(mechanism, reach))
