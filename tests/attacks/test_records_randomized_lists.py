"""The attacker has two releases of randomized codes, before and after the list was edited.

If the draw depended on where a code stands, a cell that is equal in both would nearly always be
true, and one that differs never: the chance to stay would be worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.base import Start
from anonymizers.transforms.randomization import Randomization
from anonymizers.transforms.streams import random_words
from tests.changed_columns import KEY

CODES = ("Labour", "Sexual", "Marriage", "Begging")
KEEP = Fraction(1, 2)
ROWS = 20_000
NUMBERS = np.random.default_rng(20_261)
TRUE = pa.array(np.array(CODES)[NUMBERS.integers(0, len(CODES), ROWS)].tolist())
PEOPLE = pa.array([NUMBERS.bytes(16) for _ in range(ROWS)], pa.binary(16))


@dataclass(frozen=True)
class Pair:
    """What the attacker sees of each person: a code in each of two releases, and the truth."""

    first: np.ndarray
    second: np.ndarray
    true: np.ndarray

    @property
    def alike(self):
        return self.first == self.second

    def true_share(self, which):
        return (self.first[which] == self.true[which]).mean()


def release(codes, draw):
    return np.array(draw(codes).to_pylist())


def randomized(codes):
    return Randomization(codes, KEEP).begin(Start(KEY))(TRUE, PEOPLE)


def by_place(codes):
    """The control: the other code is a place of the list, whatever stands there."""
    states = [*codes, OTHER]
    own = np.array([states.index(code) for code in TRUE.to_pylist()])
    stays, choice = next(random_words(KEY, PEOPLE, np.zeros(ROWS, np.int64)))
    other = (choice % np.uint64(len(states) - 1)).astype(np.int64)
    other += other >= own
    return pa.array(states).take(pa.array(np.where(stays < 2**63, own, other)))


def seen_twice(edited, draw=randomized):
    return Pair(release(CODES, draw), release(edited, draw), np.array(TRUE.to_pylist()))


@pytest.mark.parametrize("edited", [CODES[::-1], (*CODES[2:], *CODES[:2])])
def test_a_reordered_list_draws_the_same_codes(edited):
    assert seen_twice(edited).alike.all()


@pytest.mark.parametrize("edited", [(*CODES, "Organs"), ("Organs", *CODES)])
def test_a_longer_list_changes_cells_into_the_new_code_alone(edited):
    pair = seen_twice(edited)
    assert set(pair.second[~pair.alike]) == {"Organs"}
    assert abs((~pair.alike).mean() - 0.5 / 5) < 0.01  # the new code's share, and no more
    assert abs(pair.true_share(pair.alike) - 0.5 / 0.9) < 0.015  # as one longer release tells


def test_equal_cells_tell_no_more_than_one_release_under_the_longer_list():
    pair = seen_twice((*CODES, "Organs"))
    for code in CODES:
        both = (pair.first == code) & pair.alike
        own = both[pair.true == code].mean()
        others = both[pair.true != code].mean()
        assert own / others < 1.12 * float(KEEP * 5 / (1 - KEEP))


def test_a_shorter_list_changes_only_cells_that_held_what_left():
    longer, shorter = (release(codes, randomized) for codes in ((*CODES, "Organs"), CODES))
    assert (longer == shorter)[longer != "Organs"].all()
    assert not (longer == shorter).all()


@pytest.mark.parametrize("edited", [CODES[::-1], (*CODES, "Organs")])
def test_control_a_draw_by_place_tells_which_cells_are_true(edited):
    pair = seen_twice(edited, by_place)
    assert pair.true_share(pair.alike) > 0.62  # of one release: 0.5
    assert pair.true_share(~pair.alike) == 0
    with pytest.raises(AssertionError):
        assert set(pair.second[~pair.alike]) == {"Organs"}
