"""The attacker reads swapped values as their own: the codebook says they are another person's.

With small shares blocks are small, and pairs alone would leave one in each odd block their own.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.transforms.base import Everybody
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.swapping import Swapping, swap_ranks
from tests.changed_columns import change, crowd

PEOPLE = 1_501
DEBTS = np.random.default_rng(31).permutation(PEOPLE) * 10


def pairs_alone(shuffle, share):
    """The control: in each block pairs, and who is left over keeps their own."""
    size, ranks = max(1, int(share * len(shuffle))) + 1, np.arange(len(shuffle))
    given = ranks.copy()
    for first in range(0, len(ranks), size):
        block = first + np.argsort(shuffle[first : first + size])
        ends = len(block) // 2 * 2
        given[block[:ends:2]], given[block[1:ends:2]] = block[1:ends:2], block[:ends:2]
    return given


def kept(ranks_given):
    return (ranks_given == np.arange(len(ranks_given))).mean()


@pytest.mark.parametrize("share", [Fraction(1, 10_000), Fraction(1, 700), Fraction(1, 100)])
@pytest.mark.parametrize("count", [PEOPLE, 200, 7, 4, 3, 2])
def test_nobody_s_own_value_leaves_beside_them(count, share):
    debts, people = pa.array(DEBTS[:count]), crowd(count)
    everybody = Everybody(DEBTS[:count], people)
    released = change(Swapping(share, Grid()), debts, people, everybody=everybody)
    assert (released.to_numpy() != DEBTS[:count]).all()


def test_control_pairs_alone_would_leave_a_third_their_own():
    shuffle = np.random.default_rng(5).integers(0, 2**64, PEOPLE, dtype=np.uint64)
    assert kept(pairs_alone(shuffle, Fraction(1, 700))) > 0.3
    assert kept(swap_ranks(shuffle, Fraction(1, 700))) == 0
