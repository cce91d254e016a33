import pyarrow as pa
import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.transforms.base import Start
from anonymizers.transforms.groups import Groups, group_codes
from tests.small_tables import taxonomy

TREE = taxonomy("Debt;Money/Wages;Money/Threats;Fear/Abuse;Fear")
CODES = ("Threats", "Debt", "Wages", "Unplaced")


def grouped(*cells):
    groups = Groups(";", "level-1", group_codes(TREE, CODES, "level-1"))
    return groups.begin(Start(b""))(pa.array(cells, pa.string()), pa.nulls(len(cells))).to_pylist()


def test_each_group_stands_once_in_the_order_of_the_list():
    assert grouped("Debt;Wages", "Debt;Threats", "Threats;Wages;Debt", None) == [
        "Money",
        "Fear;Money",
        "Fear;Money",
        None,
    ]


def test_what_is_not_listed_or_not_placed_is_other():
    assert grouped("other", "Unplaced;Debt", "other;Threats") == [
        "other",
        "Money;other",
        "Fear;other",
    ]


def test_a_level_that_there_is_not_is_refused():
    with pytest.raises(LadderError):
        group_codes(TREE, CODES, "level-2")


def test_cells_of_a_file_hold_groups_alone():
    groups = Groups(";", "level-1", group_codes(TREE, CODES, "level-1"))
    assert groups.values(CODES) == ("Fear", "Money", "other")
    assert groups.parameters == {"level": "level-1"}
    assert "level-1" in groups.describe()
    for texts, holds in ((["Fear;other", None], True), (["Fear;Debt"], False)):
        watch = groups.watch()
        watch.see(pa.chunked_array([texts], pa.string()))
        assert watch.holds() is holds
