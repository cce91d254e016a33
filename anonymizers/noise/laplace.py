"""The discrete Laplace from tables: a signed top digit, and independent lower digits.

With q = e^(-1 / scale), let G be geometric, P(G = n) = (1 - q) q^n for n >= 0. The discrete
Laplace is G with probability 1 / (1 + q) and ~G = -(1 + G) with probability q / (1 + q): both
give P(n) = (1 - q) / (1 + q) * q^|n|.

Written to the base B, G = d_0 + d_1 B + ... + d_(m-1) B^(m-1) + t B^m with 0 <= d_i < B and
t >= 0, its probability is (1 - q) times the product of q^(B^i d_i) and q^(B^m t): a product of a
function of each digit alone. So the digits are independent; d_i has masses q^(B^i d) for
d = 0 .. B-1, and t is geometric with ratio q^(B^m). The sign is independent of all of them, and
is drawn together with t, as t or ~t. The digits needn't be equally wide: B^i stands for the
product of the bases below.

Narrow noise has no lower digits: its table is the distribution itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from anonymizers.noise.masses import digit_masses, laplace_masses
from anonymizers.noise.tables import Table, make_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import DiscreteLaplace

_NARROW = 64
"""The largest scale of a top digit; its table has 8192 columns."""
_DIGIT_BITS = 11
"""A lower digit's table has 2^11 columns at most."""


@dataclass(frozen=True, eq=False)
class LaplaceTables:
    """What one draw takes: a word for the signed top digit and one for each lower digit.

    Attributes:
        top: of the top digit, ~t where the value is negative.
        digits: from the highest to the lowest, each with its width in bits.
    """

    top: Table
    digits: tuple[tuple[Table, int], ...]

    @property
    def distance(self) -> Fraction:
        """Total variation of one value from the exact distribution, at most.

        A value is a function of independent digits: its distance is at most the sum of theirs.
        """
        return self.top.distance + sum((table.distance for table, _ in self.digits), Fraction(0))

    def draw(self, words: Callable[[], NDArray[np.uint64]]) -> NDArray[np.int64]:
        """Return one value for each word of an array.

        A top digit is below 64 * 45 and has at most 46 bits below it: no value reaches 2^58.

        Args:
            words: gives fresh uniform words, always as many.
        """
        signed = self.top.look_up(words())
        sign = signed >> 63
        magnitude = signed ^ sign
        for table, bits in self.digits:
            magnitude <<= bits
            magnitude |= table.look_up(words())
        return magnitude ^ sign


@lru_cache(maxsize=64)
def laplace_tables(mechanism: DiscreteLaplace) -> LaplaceTables:
    """Make the tables of a discrete Laplace; a few hundred kilobytes at most."""
    rate = 1 / mechanism.scale
    widths = _widths(mechanism.scale)
    digits, above = [], sum(widths)
    top = make_table(*laplace_masses(rate * 2**above, rate))
    for bits in widths:
        above -= bits
        digits.append((make_table(digit_masses(rate * 2**above, 2**bits), 0), bits))
    return LaplaceTables(top, tuple(digits))


def _widths(scale: Fraction) -> list[int]:
    """Divide the bits below the top digit into as few digits as may be, of about equal width."""
    bits = max(0, (-(-scale // _NARROW) - 1).bit_length())
    count = -(-bits // _DIGIT_BITS)
    return [bits // count + (place < bits % count) for place in range(count)]
