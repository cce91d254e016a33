import numpy as np
import pytest

from anonymizers.diversity import SensitiveSets
from anonymizers.models import Model
from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE, left_out, standing


def stands(people, minors, model, adults_know=0, minors_know=0):
    bits = np.array([[(1 << count) - 1] for count in (adults_know, minors_know)], np.uint64)
    sets = {"kind": SensitiveSets(bits[:1], bits[1:])}
    return standing(np.array([people]), np.array([minors]), sets, model)[0]


@pytest.mark.parametrize(
    ("people", "minors", "expected"),
    [
        (4, 0, LEFT_OUT),
        (5, 0, WHOLE),
        (7, 1, ADULTS_ONLY),
        (8, 1, WHOLE),
        (8, 8, WHOLE),
        (7, 3, LEFT_OUT),
        (7, 2, ADULTS_ONLY),
    ],
)
def test_a_class_with_a_minor_needs_more_people(people, minors, expected):
    assert stands(people, minors, Model(5, k_minors=8)) == expected


def test_without_a_rule_minors_count_as_everybody():
    assert stands(5, 5, Model(5)) == WHOLE
    assert stands(4, 0, Model(5)) == LEFT_OUT


def test_l_counts_on_whom_it_protects():
    model = Model(2, {"kind": 2}, k_minors=4)
    assert stands(5, 1, model, adults_know=1, minors_know=2) == WHOLE
    assert stands(5, 1, model, adults_know=1, minors_know=1) == LEFT_OUT
    assert stands(3, 1, model, adults_know=2, minors_know=2) == ADULTS_ONLY
    assert stands(3, 1, model, adults_know=1, minors_know=2) == LEFT_OUT
    assert stands(2, 0, Model(2, {"kind": 2}), adults_know=1) == LEFT_OUT
    assert stands(2, 0, Model(2, {"kind": 2}), adults_know=2) == WHOLE


def test_people_left_out_are_counted_by_standing():
    standings = np.array([WHOLE, ADULTS_ONLY, LEFT_OUT], np.uint8)
    people, minors = np.array([9, 9, 9]), np.array([2, 2, 2])
    assert left_out(people, minors, standings).tolist() == [0, 2, 9]
