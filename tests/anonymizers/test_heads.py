import numpy as np
import pytest

from anonymizers.grouping import group
from anonymizers.heads import Heads


def heads(people, minors, known, known_minors):
    return Heads.of(*(np.array(part) for part in (people, minors, known, known_minors)))


def test_people_are_counted_four_ways():
    found = heads([9, 4], [3, 0], [4, 1], [2, 0])
    assert found.everybody.tolist() == [9, 4]
    assert found.adults.tolist() == [6, 4]
    assert found.others.tolist() == [5, 3]
    assert found.other_adults.tolist() == [4, 3]


def test_classes_have_the_sums():
    found = heads([9, 4, 2], [3, 0, 1], [4, 1, 0], [2, 0, 0]).summed(group(np.array([7, 5, 7])))
    assert found.everybody.tolist() == [4, 11]
    assert found.other_adults.tolist() == [3, 5]
    placed = heads([9, 4, 2], [3, 0, 1], [4, 1, 0], [2, 0, 0]).scattered(np.array([2, 0, 2]), 4)
    assert placed.others.tolist() == [3, 0, 7, 0]


def test_what_is_the_same_is_summed_once():
    found = heads([9, 4], [0, 0], [0, 0], [0, 0]).summed(group(np.array([1, 1])))
    assert found.everybody is found.adults is found.others is found.other_adults


@pytest.mark.parametrize(
    "wrong",
    [
        ([2], [0], [3], [0]),
        ([2], [0], [-1], [0]),
        ([2], [3], [0], [0]),
        ([2], [1], [0], [1]),
        ([4], [1], [2], [2]),
        ([4], [3], [2], [0]),
    ],
)
def test_parts_that_can_not_be_parts_are_refused(wrong):
    with pytest.raises(ValueError, match="some of the people"):
        heads(*wrong)
