import pyarrow as pa
import pytest

from anonymizers.transforms.base import Start
from anonymizers.transforms.counts import Counts


def counted(counts, *cells):
    return counts.begin(Start(b""))(pa.array(cells, pa.string()), pa.nulls(len(cells))).to_pylist()


def test_a_cell_says_how_many_codes_it_holds():
    assert counted(Counts(";"), "a", "a;b", "a;other", "a;a", None) == ["1", "2", "2", "1", None]


def test_as_many_as_count_may_be_more():
    assert counted(Counts(";", 2), "a", "a;b") == ["1", "2 or more"]


@pytest.mark.parametrize(
    ("most", "expected"),
    [(None, ("1", "2", "3")), (2, ("1", "2 or more")), (9, ("1", "2", "3"))],
)
def test_every_number_that_can_be_is_listed(most, expected):
    assert Counts(";", most).values(("a", "b")) == expected


def test_a_file_holds_numbers_alone():
    counts = Counts(";", 2)
    assert (counts.parameters, counts.describe()[:7]) == ({}, "counted")
    for texts, holds in ((["1", "2 or more", None], True), (["a"], False), ([""], False)):
        watch = counts.watch()
        watch.see(pa.chunked_array([texts], pa.string()))
        assert watch.holds() is holds
    watch = Counts(";").watch()
    watch.see(pa.chunked_array([["2 or more"]], pa.string()))
    assert not watch.holds()
