import numpy as np

from anonymizers.diversity import SensitiveSets, add_members, empty_bits
from anonymizers.grouping import group


def test_sets_hold_any_number_of_values():
    bits = empty_bits(2, 200)
    assert bits.shape == (2, 4)
    add_members(bits, np.array([0, 0, 1, 0]), np.array([0, 199, 64, 199]))
    sets = SensitiveSets(bits, empty_bits(2, 200))
    assert sets.count_adults().tolist() == [2, 1]


def test_joined_sets_count_each_value_once():
    adults, minors = empty_bits(3, 3), empty_bits(3, 3)
    add_members(adults, np.array([0, 1]), np.array([0, 0]))
    add_members(minors, np.array([1, 2]), np.array([1, 2]))
    joined = SensitiveSets(adults, minors).joined(group(np.array([1, 1, 2])))
    assert joined.count_everybody().tolist() == [2, 1]
    assert joined.count_adults().tolist() == [1, 0]
