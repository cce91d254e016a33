import numpy as np
import pytest

from anonymizers.classes import Classes
from anonymizers.hierarchies import Hierarchy
from anonymizers.losses import kept_cost, mean, share, suppressed_cost, weigh
from anonymizers.models import Model
from anonymizers.partitions import Members
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")


def weighed(people, model):
    found = people.find(model)
    classes = Classes.build(people.table, people.hierarchies, found.levels, model)
    return found, weigh(Members.of(people.table, classes), people.hierarchies)


def test_loss_after_the_search_alone_is_the_loss_found():
    people = People(
        {"town": texts(["a1", "a1", "a2", "b1"]), "kind": texts(["x", "x", "x", "y"])},
        {"town": TOWNS, "kind": taxonomy("x/y")},
    )
    found, losses = weighed(people, Model(2, max_suppressed_share=0.5))
    assert losses.total == found.loss
    assert losses.by_column == found.loss_by_column
    assert losses.suppressed == found.suppressed


def test_what_l_removes_afterwards_is_lost_too():
    people = People(
        {"town": texts(["a1", "a1", "b1", "b1"])},
        {"town": TOWNS},
        sensitive={"kind": ["x", "y", "x", "unknown"]},
    )
    found, losses = weighed(people, Model(2, {"kind": 2}))
    assert (found.loss, found.suppressed) == (0.0, 0)
    assert (losses.total, losses.suppressed) == (0.5, 2)


def test_where_nobody_is_released_everything_is_lost():
    people = People({"town": texts(["a1", "a1"])}, {"town": TOWNS}, sensitive={"kind": ["x", "x"]})
    _, losses = weighed(people, Model(2, {"kind": 2}))
    assert (losses.total, losses.suppressed) == (1.0, 2)


def test_wide_domains_are_summed_exactly():
    wide = Hierarchy(
        levels=("band",),
        maps=(np.array([0, 1], np.int32),),
        forms=(("low", "high"),),
        widths=(np.array([2**61, 1], np.int64),),
        span=2**62 - 1,
    )
    codes, people = np.array([0, 1, 0], np.int32), np.array([10, 3, 30], np.int64)
    assert kept_cost(wide, 0, codes, people) == 40 * 2**61 + 3
    assert suppressed_cost(wide, 0, codes, people) == 40 * (2**61 - 1) + 3 * (2**62 - 2)
    assert share(2**62 - 1, wide, 2) == 0.5


def test_the_mean_of_no_columns_is_nothing():
    assert mean([]) == 0.0
    assert mean([0.5, 1.0]) == pytest.approx(0.75)
