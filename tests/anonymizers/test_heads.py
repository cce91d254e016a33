import numpy as np
import pytest

from anonymizers.grouping import group
from anonymizers.heads import Heads


def heads(people, minors):
    return Heads.of(np.array(people), np.array(minors))


def test_adults_are_counted_beside_everybody():
    found = heads([9, 4], [3, 0])
    assert found.everybody.tolist() == [9, 4]
    assert found.adults.tolist() == [6, 4]


def test_classes_have_the_sums():
    found = heads([9, 4, 2], [3, 0, 1]).summed(group(np.array([7, 5, 7])))
    assert found.everybody.tolist() == [4, 11]
    assert found.adults.tolist() == [4, 7]
    placed = heads([9, 4, 2], [3, 0, 1]).scattered(np.array([2, 0, 2]), 4)
    assert placed.everybody.tolist() == [4, 0, 11, 0]
    assert placed.adults.tolist() == [4, 0, 7, 0]


def test_what_is_the_same_is_summed_once():
    found = heads([9, 4], [0, 0]).summed(group(np.array([1, 1])))
    assert found.everybody is found.adults


@pytest.mark.parametrize("wrong", [([2], [3]), ([2], [-1])])
def test_minors_that_can_not_be_are_refused(wrong):
    with pytest.raises(ValueError, match="some of the people"):
        heads(*wrong)
