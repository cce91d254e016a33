import numpy as np
import pyarrow as pa
import pytest

from anonymizers.hierarchies import Hierarchy
from anonymizers.ladders.base import Climb, LadderError, Rung
from tests.small_tables import taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")


def rung(level, codes, forms, leaves):
    return Rung(level, np.array(codes, np.int32), forms, np.array(leaves, np.int64))


def climb(*rungs, domain=4):
    return Climb(pa.array([str(n) for n in range(len(rungs[0].codes))]), rungs, domain)


def test_a_hierarchy_runs_from_floor_to_ceiling():
    hierarchy = Hierarchy.between(TOWNS.climb(texts(["b2", "a1", "a2"])), "level-1", "*")
    assert hierarchy.levels == ("level-1", "*")
    assert hierarchy.forms == (("a", "b"), ("*",))
    assert [codes.tolist() for codes in hierarchy.maps] == [[0, 1], [0, 0]]


def test_cell_loss_is_arx_loss():
    hierarchy = Hierarchy.between(TOWNS.climb(texts(["a1", None, "zz"])), "exact", "*")
    assert hierarchy.cell_loss(0).tolist() == [0.0, 0.0, 0.0]
    assert dict(zip(hierarchy.forms[1], hierarchy.cell_loss(1), strict=True)) == {
        "a": 1 / 3,
        None: 0.0,
        "other": 0.0,
    }
    assert hierarchy.cell_loss(2).tolist() == [1.0]


def test_a_domain_of_one_loses_nothing():
    hierarchy = Hierarchy.between(taxonomy("x").climb(texts(["x"])), "exact", "*")
    assert [hierarchy.cell_loss(level).tolist() for level in (0, 1)] == [[0.0], [0.0]]


def test_bands_that_do_not_refine_are_refused():
    """10-19 lies across 17 and 18."""
    ages = climb(
        rung("10-years", [0, 0], ("10-19",), [10]),
        rung("majority", [0, 1], ("0-17", "18+"), [18, 82]),
        domain=100,
    )
    with pytest.raises(LadderError, match="10-years"):
        Hierarchy.between(ages, "10-years", "majority")


def test_a_level_that_covers_less_than_a_finer_one_is_refused():
    shrinking = climb(rung("fine", [0], ("x",), [3]), rung("coarse", [0], ("y",), [2]))
    with pytest.raises(LadderError, match="coarse"):
        Hierarchy.between(shrinking, "fine", "coarse")


def test_a_form_that_stands_for_two_codes_is_refused():
    twice = climb(rung("fine", [0, 1], ("x", "x"), [1, 1]))
    with pytest.raises(LadderError, match="twice"):
        Hierarchy.between(twice, "fine", "fine")


def test_a_floor_above_its_ceiling_is_refused():
    with pytest.raises(LadderError, match="coarser than the ceiling"):
        Hierarchy.between(TOWNS.climb(texts(["a1"])), "*", "exact")


def test_codes_of_another_snapshot_are_refused():
    gap = Hierarchy.between(climb(rung("fine", [0, 2], ("x", "y", "z"), [1, 1, 1])), "fine", "fine")
    assert gap.codes_at(0, np.array([2, 0], np.int32)).tolist() == [2, 0]
    assert gap.codes_at(0, np.array([], np.int32)).tolist() == []
    for wrong in (-1, 1, 3):
        with pytest.raises(LadderError, match="one snapshot"):
            gap.codes_at(0, np.array([0, wrong], np.int32))
