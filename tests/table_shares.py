"""What a table draws, counted word by word: an exact distribution, as fractions."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

from anonymizers.noise.tables import WORDS


def shares_of(table):
    """Return the share of words that stand for each value."""
    size = 1 << int(table.shift)
    words = Counter()
    for column, limit in enumerate(table.limits.tolist()):
        kept = limit + 1 - column * size
        assert 0 < kept <= size
        words[int(table.values[2 * column])] += kept
        words[int(table.values[2 * column + 1])] += size - kept
    return {value: Fraction(count, WORDS) for value, count in words.items() if count}


def combined(tables, combine):
    """Return the distribution of a function of independent values, one of each table."""
    shares = Counter()
    for drawn in product(*(shares_of(table).items() for table in tables)):
        share = Fraction(1)
        for _, part in drawn:
            share *= part
        shares[combine(*(value for value, _ in drawn))] += share
    return shares


def distance_between(shares, exact):
    """Return the total variation between two distributions."""
    return sum(abs(shares.get(x, 0) - exact.get(x, 0)) for x in shares.keys() | exact.keys()) / 2
