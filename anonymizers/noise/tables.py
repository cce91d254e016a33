"""Alias tables: one 64-bit word in, one value out, with the same work for every word.

A distribution over n values is rounded to whole numbers of 2^-64. The words are divided into 2^k
>= n columns of equal size; in each column the words up to a limit stand for one value and those
above it for another, such that each value gets exactly its share of the 2^64 words (Walker 1974,
Vose 1991, here in integers, so that nothing is rounded after the shares). To look a word up takes
its column, one comparison and one choice of two, whatever the value.

The distance between what the table draws and the exact distribution is computed from the same
integers, and kept with the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORDS = 1 << 64
"""How many words there are."""

_SLACK = Fraction(1, 2**110)
"""More than what the masses are off, with everything beyond their list.

Let t be the true masses and m those listed, with sums T and M >= 1 (the largest mass is 1). The
distance of m/M from t/T is at most the sum of |m - t| over M: below n^3 * 2^-254 for the n < 2^20
that are listed, and the sum of those that aren't. These fall from 2^-128 on at least like a
geometric series of ratio e^(-1/64) (the narrowest that tables are made of, see `laplace` and
`gaussian`): below 2^-120 on both sides together.
"""
_GRAIN = 2**100


@dataclass(frozen=True, eq=False)
class Table:
    """A distribution that words are looked up in.

    Attributes:
        shift: a word's column is the word shifted right by this much.
        limits: (columns,) uint64: words above it take the second value.
        values: (2 * columns,) int64: first and second value of each column.
        distance: total variation from the exact distribution, at most.
    """

    shift: np.uint64
    limits: NDArray[np.uint64]
    values: NDArray[np.int64]
    distance: Fraction

    def look_up(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the value of each word.

        Args:
            words: (n,), uniform.
        """
        columns = (words >> self.shift).view(np.int64)
        places = columns << 1
        places += words > self.limits.take(columns)
        return self.values.take(places)


def make_table(masses: Sequence[int], first: int) -> Table:
    """Make the table of a distribution.

    Args:
        masses: proportional to the probabilities of first, first + 1, ...; see `masses`.
        first: the value of the first mass.
    """
    shares = _shares(masses)
    kept = [place for place, share in enumerate(shares) if share]
    return _arrange([shares[place] for place in kept], kept, first, _distance(masses, shares))


def _shares(masses: Sequence[int]) -> list[int]:
    """Return how many words each value gets: rounded, and what is over goes to the likeliest."""
    total = sum(masses)
    shares = [(mass * WORDS * 2 + total) // (2 * total) for mass in masses]
    shares[masses.index(max(masses))] += WORDS - sum(shares)
    return shares


def _distance(masses: Sequence[int], shares: Sequence[int]) -> Fraction:
    """Return half the sum of the differences, rounded up."""
    total = sum(masses)
    off = sum(abs(share * total - mass * WORDS) for mass, share in zip(masses, shares, strict=True))
    return Fraction(-(-off * _GRAIN // (2 * total * WORDS)), _GRAIN) + _SLACK


def _arrange(shares: list[int], places: list[int], first: int, distance: Fraction) -> Table:
    """Divide the words into columns."""
    bits = max(1, (len(shares) - 1).bit_length())
    size, columns = WORDS >> bits, 1 << bits
    kept, other = _pair(shares + [0] * (columns - len(shares)), size)
    values = np.array(places + [0] * (columns - len(shares)), dtype=np.int64) + first
    second = values[other]
    empty = np.array([words == 0 for words in kept])
    limits = [start * size + max(words, 1) - 1 for start, words in enumerate(kept)]
    return Table(
        np.uint64(64 - bits),
        np.array(limits, dtype=np.uint64),
        np.stack([np.where(empty, second, values), second], axis=1).ravel(),
        distance,
    )


def _pair(shares: list[int], size: int) -> tuple[list[int], list[int]]:
    """Return how many words of its column each value keeps, and who gets the others.

    A value with less than a column is given one and keeps its share of it; somebody with a column
    or more gives the rest and has that much less to place. The mean over those not placed is
    `size` throughout, so that there is always somebody.
    """
    left, other = list(shares), list(range(len(shares)))
    small = [place for place, share in enumerate(shares) if share < size]
    large = [place for place, share in enumerate(shares) if share >= size]
    while small:
        poor, rich = small.pop(), large[-1]
        other[poor] = rich
        left[rich] -= size - left[poor]
        if left[rich] < size:
            small.append(large.pop())
    return left, other
