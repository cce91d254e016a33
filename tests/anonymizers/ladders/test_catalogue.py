import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import BUILT_IN, PLACES, build_ladder, levels_of
from anonymizers.ladders.taxonomies import parse_taxonomy

DECLARED = {
    "date": {"bounds": ("2020-01-01", "2020-12-31")},
    "date-week": {"bounds": ("2020-01-01", "2020-12-31")},
    "age": {"bounds": (0, 120)},
    "number": {"bounds": (0, 10), "widths": [5]},
    "codes": {"codes": ["a"]},
    **{name: {} for name in PLACES},
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_levels_without_data_are_those_of_the_ladder(name):
    ladder = build_ladder(name, **DECLARED[name])
    assert ladder.name == name
    assert levels_of(name, widths=DECLARED[name].get("widths")) == ladder.levels
    assert (BUILT_IN[name][0], BUILT_IN[name][-1]) == (ladder.levels[0], "*")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("dates", "date"), ("us-states", "us-state"), ("week", "date-week"), ("zzzzz", "")],
)
def test_an_unknown_ladder_is_refused_with_the_nearest_known(name, nearest):
    for ask in (build_ladder, levels_of):
        with pytest.raises(
            LadderError, match=f"no ladder '{name}'; the nearest known is '{nearest}"
        ):
            ask(name)


def test_widths_belong_to_number_alone():
    with pytest.raises(LadderError, match="ladder age takes no widths; only number does"):
        build_ladder("age", bounds=(0, 120), widths=[5])
    with pytest.raises(LadderError, match="ladder own takes no widths"):
        levels_of("own", widths=[5], taxonomy=parse_taxonomy("a;b"))


def test_levels_of_number_need_widths_that_refine():
    assert levels_of("number", widths=["0.50", 10], scale=2) == ("exact", "0.5", "10", "*")
    with pytest.raises(LadderError, match="needs `widths"):
        levels_of("number")
    with pytest.raises(LadderError, match="width 3 must be a larger multiple"):
        levels_of("number", widths=[2, 3])
    with pytest.raises(LadderError, match="needs a scale from 0 to 18"):
        levels_of("number", widths=[2], scale=-1)
