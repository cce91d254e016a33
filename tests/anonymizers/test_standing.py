import numpy as np
import pytest

from anonymizers.diversity import SensitiveSets
from anonymizers.models import Closeness, Model, Recursive
from anonymizers.standing import (
    ADULTS_ONLY,
    LEFT_OUT,
    WHOLE,
    left_out,
    standing,
    surely_left_out,
)
from anonymizers.weighted import WeightedTable
from tests.small_tables import People, taxonomy, texts


def one_class(people, minors, **sensitive):
    return WeightedTable((), (), np.array([people]), np.array([minors]), sensitive)


def stands(people, minors, model, adults_know=0, minors_know=0):
    bits = np.array([[(1 << count) - 1] for count in (adults_know, minors_know)], np.uint64)
    kind = SensitiveSets(bits[:1], bits[1:])
    return standing(one_class(people, minors, kind=kind), model)[0]


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


def test_few_people_of_the_population_leave_everybody_out():
    classes = one_class(9, 0)
    assert standing(classes, Model(2, k_map=20), np.array([20]))[0] == WHOLE
    assert standing(classes, Model(2, k_map=20), np.array([19]))[0] == LEFT_OUT
    assert standing(one_class(9, 2), Model(2, k_minors=20, k_map=20), np.array([19]))[0] == LEFT_OUT
    with pytest.raises(ValueError, match="population"):
        standing(classes, Model(2, k_map=20))


def test_sets_can_not_answer_what_needs_counts():
    bits = np.array([[3]], np.uint64)
    classes = one_class(4, 0, kind=SensitiveSets(bits, bits))
    with pytest.raises(TypeError, match="counts"):
        standing(classes, Model(2, t={"kind": Closeness(0.2)}))


def towns(*rows, minors=None):
    """People of towns with a secret each, in counts."""
    places, secrets = zip(*(row.split(":") for row in rows), strict=True)
    return People(
        {"town": texts(places)},
        {"town": taxonomy("a/b/c")},
        sensitive={"kind": list(secrets)},
        counted=("kind",),
        minors=minors,
    )


ROWS = [*["a:x"] * 3, "a:y", *["b:x"] * 2, *["b:y"] * 2, *["c:y"] * 3]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"entropy": {"kind": 2}}, [LEFT_OUT, WHOLE, LEFT_OUT]),
        ({"entropy": {"kind": 1.7}}, [WHOLE, WHOLE, LEFT_OUT]),
        ({"recursive": {"kind": Recursive(2, 2)}}, [LEFT_OUT, WHOLE, LEFT_OUT]),
        ({"recursive": {"kind": Recursive(3, 2)}}, [LEFT_OUT, WHOLE, LEFT_OUT]),
        ({"recursive": {"kind": Recursive(3.1, 2)}}, [WHOLE, WHOLE, LEFT_OUT]),
        ({"t": {"kind": Closeness(0.05)}}, [LEFT_OUT, WHOLE, LEFT_OUT]),
        ({"t": {"kind": Closeness(0.3)}}, [WHOLE, WHOLE, LEFT_OUT]),
        ({"t": {"kind": Closeness(0.5, "ordered")}}, [WHOLE, WHOLE, WHOLE]),
    ],
)
def test_each_rule_for_values_decides_by_itself(rule, expected):
    people = towns(*ROWS)
    assert standing(people.table, Model(2, **rule)).tolist() == expected


def test_adults_stay_where_their_own_values_are_diverse():
    rows = [*["a:x"] * 2, *["a:y"] * 2, "a:x"]
    people = towns(*rows, minors=[False] * 4 + [True])
    model = Model(3, k_minors=9, entropy={"kind": 2})
    assert standing(people.table, model).tolist() == [ADULTS_ONLY]


def test_what_is_surely_left_out_is_never_more_than_what_is():
    people = towns(*ROWS)
    model = Model(3, {}, recursive={"kind": Recursive(1, 2)}, t={"kind": Closeness(0.1)})
    table = people.table
    implied = standing(table, model.implied())
    surely = surely_left_out(table, model, implied)
    missing = left_out(table.people, table.minors, standing(table, model))
    assert (surely <= missing).all()
    assert surely.tolist() == [2, 0, 3]
