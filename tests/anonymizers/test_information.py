import numpy as np
import pytest

from anonymizers.arranging import arrange_locally
from anonymizers.classes import Classes
from anonymizers.information import information_lost
from anonymizers.measures.entropy import entropy_loss
from anonymizers.models import Model
from anonymizers.partitions import Members
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")


def lost(people, model):
    levels = people.find(model).levels
    classes = Classes.build(people.table, people.hierarchies, levels, model)
    return information_lost(Members.of(people.table, classes), people.hierarchies)


def test_the_information_lost_is_that_of_the_cells():
    people = People(
        {"town": texts(["a1", "a1", "a2", "b1"]), "kind": texts(["x", "x", "x", "y"])},
        {"town": TOWNS, "kind": taxonomy("x/y")},
    )
    # a1, a2 become a; whoever is of b1 and y is left out.
    coarse = 2 * np.log2(3 / 2) + np.log2(3)
    assert lost(people, Model(2, max_suppressed_share=0.5)) == {
        "town": pytest.approx((coarse + np.log2(4)) / (2 * np.log2(4 / 2) + 2 * np.log2(4))),
        "kind": pytest.approx(np.log2(4) / (3 * np.log2(4 / 3) + np.log2(4))),
    }


def test_with_nobody_left_out_it_is_the_non_uniform_entropy():
    people = People({"town": texts(["a1"] * 5 + ["a2"] + ["b1"] * 3 + ["b2"])}, {"town": TOWNS})
    counts = np.array([5, 1, 3, 1])
    expected = entropy_loss(counts, np.array([0, 0, 1, 1]), counts.astype(float))
    assert lost(people, Model(2)) == {"town": pytest.approx(expected)}


def test_what_is_exact_lost_nothing_and_what_says_nothing_had_nothing():
    people = People(
        {"town": texts(["a1"] * 3 + ["b2"] * 3), "one": texts(["x"] * 6)},
        {"town": TOWNS, "one": taxonomy("x/y")},
    )
    assert lost(people, Model(3)) == {"town": 0.0, "one": 0.0}


def test_local_recoding_loses_less():
    people = People({"town": texts(["a1"] * 4 + ["a2"] * 4 + ["b1", "b2"] * 2)}, {"town": TOWNS})
    found = arrange_locally(people.table, people.hierarchies, Model(4))
    local = information_lost(Members.of(people.table, found.classes), people.hierarchies)
    whole = lost(people, Model(4))
    assert 0 < local["town"] < whole["town"] < 1
