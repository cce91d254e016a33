import numpy as np
import pytest

from anonymizers.classes import Classes
from anonymizers.grouping import UnknownClassError
from anonymizers.ladders.base import LadderError
from anonymizers.models import Model
from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("b1;b/b2;b/a1;a/a2;a")
MODEL = Model(2, {"kind": 2}, 0.5, k_minors=3)


def people(order=(0, 1, 2, 3, 4, 5, 6)):
    towns = ["b1", "b1", "a1", "a1", "a1", None, "zz"]
    kinds = ["x", "y", "x", "y", "y", "x", "x"]
    minor = [False, False, False, False, True, False, False]
    return People(
        {"town": texts([towns[n] for n in order])},
        {"town": TOWNS},
        sensitive={"kind": [kinds[n] for n in order]},
        minors=[minor[n] for n in order],
    )


def at_exact(some):
    return Classes.build(some.table, some.hierarchies, {"town": "exact"}, MODEL)


def test_classes_are_numbered_by_their_released_forms_null_first():
    classes = at_exact(people())
    assert classes.people.tolist() == [0, 3, 2, 0]
    assert classes.standing.tolist() == [LEFT_OUT, WHOLE, WHOLE, LEFT_OUT]
    assert classes.number(people().codes, 7).tolist() == [2, 2, 1, 1, 1, 0, 3]


def test_class_numbers_do_not_follow_the_order_of_rows():
    turned = people((6, 4, 0, 5, 3, 1, 2))
    assert at_exact(turned).number(turned.codes, 7).tolist() == [3, 1, 2, 0, 1, 2, 1]


def test_classes_may_keep_their_adults_only():
    some = people()
    classes = Classes.build(some.table, some.hierarchies, {"town": "exact"}, Model(2, k_minors=4))
    assert classes.standing.tolist() == [LEFT_OUT, ADULTS_ONLY, WHOLE, LEFT_OUT]
    assert classes.people.tolist() == [0, 2, 2, 0]


def test_rows_of_another_snapshot_are_refused():
    some = People(
        {"town": texts(["a1", "b1"]), "kind": texts(["x", "y"])},
        {"town": TOWNS, "kind": taxonomy("x/y")},
    )
    levels = {"town": "exact", "kind": "exact"}
    classes = Classes.build(some.table, some.hierarchies, levels, Model(1))
    crossed = {"town": some.codes["town"], "kind": some.codes["kind"][::-1]}
    with pytest.raises(UnknownClassError):
        classes.number(crossed, 2)
    with pytest.raises(LadderError):
        classes.number({"town": np.array([9], np.int32), "kind": np.array([0], np.int32)}, 1)
