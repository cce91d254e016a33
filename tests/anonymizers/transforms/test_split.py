import pyarrow as pa
import pytest

from anonymizers.transforms.base import Start
from anonymizers.transforms.split import Split
from anonymizers.transforms.watches import EachValue

CODES = ("Debt", "Threats", "Papers")


def answers(split, *cells):
    made = split.begin(Start(b""))(pa.array(cells, pa.string()), pa.nulls(len(cells)))
    columns = dict(zip(names(split), (field.to_pylist() for field in made.flatten()), strict=True))
    return [{name: column[row] for name, column in columns.items()} for row in range(len(cells))]


def names(split, name="controls"):
    return [column.name for column in split.file_columns(name)]


def test_each_code_becomes_a_column_with_yes_or_no():
    first, second = answers(Split(";", CODES), "Debt;Papers", "other")
    assert first == {
        "controls_Debt": "yes",
        "controls_Threats": "no",
        "controls_Papers": "yes",
        "controls_other": "no",
    }
    assert [name for name, told in second.items() if told == "yes"] == ["controls_other"]


def test_an_empty_cell_stays_empty_in_every_column():
    (nothing,) = answers(Split(";", CODES), None)
    assert set(nothing.values()) == {None}


def test_what_comes_after_the_last_code_that_counts_is_not_known():
    split = Split(";", ("a", "b", "c", "d"), 2)
    first, second, third = answers(split, "a;c", "a", "a;b")
    assert list(first.values()) == ["yes", "no", "yes", None, None]
    assert list(second.values()) == ["yes", "no", "no", "no", "no"]
    assert list(third.values()) == ["yes", "yes", None, None, None]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("48+", "48-"), ["c_48", "c_48_2", "c_other"]),
        (("Americas/Oceania",), ["c_Americas_Oceania", "c_other"]),
        (("Other", "x"), ["c_Other", "c_x", "c_other_2"]),
        (("other", "x"), ["c_other", "c_x"]),
        (("=1+1", "+", "-"), ["c_1_1", "c_code", "c_code_2", "c_other"]),
        (("a b", "A B", "a  b"), ["c_a_b", "c_A_B_2", "c_a_b_3", "c_other"]),
    ],
)
def test_names_are_plain_and_none_comes_twice(codes, expected):
    assert names(Split(";", codes), "c") == expected


def test_names_are_never_longer_than_databases_take():
    made = names(Split(";", ("x" * 90, "x" * 91)))
    assert [len(name) for name in made] == [63, 63, 14]
    assert len({name.casefold() for name in made}) == 3


def test_the_columns_of_a_file_hold_answers_alone():
    split = Split(";", CODES)
    assert split.values(CODES) == ("yes", "no")
    for texts, holds in ((["yes", "no", None], True), (["yes", "Debt"], False)):
        watch = split.watch()
        assert isinstance(watch, EachValue)
        watch.see(pa.chunked_array([texts], pa.string()))
        assert watch.holds() is holds
    assert (split.parameters, split.describe()[:5]) == ({}, "split")
