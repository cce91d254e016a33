import pyarrow as pa
import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import build_ladder


def test_codes_are_released_as_they_are(released, leaves):
    ladder = build_ladder("codes", codes=["ForcedLabour", "SexualExploitation", "Other"])
    values = pa.array(["Other", "ForcedLabour", None, "forcedlabour"])
    assert ladder.levels == ("exact", "*")
    assert released(ladder, values, "exact") == ["Other", "ForcedLabour", None, "other"]
    assert released(ladder, values, "*") == ["*"] * 4
    assert set(leaves(ladder, values, "exact").values()) == {1}
    assert ladder.climb(values).domain == 3


def test_codes_of_another_type_are_compared_as_text(released):
    ladder = build_ladder("codes", codes=["1", "2"])
    assert released(ladder, pa.array([1, 3, None]), "exact") == ["1", "other", None]
    assert ladder.climb(pa.array([], pa.int64())).rung("exact").forms == ()


def test_an_unknown_code_joins_a_declared_code_named_other(released, leaves):
    ladder = build_ladder("codes", codes=["a", "other"])
    values = pa.array(["other", "b"])
    assert released(ladder, values, "exact") == ["other", "other"]
    assert leaves(ladder, values, "exact") == {"other": 1}


def test_a_form_has_its_level_whether_or_not_data_shows_it():
    ladder = build_ladder("codes", codes=["a"])
    assert ladder.level_of("a") == "exact"
    assert ladder.level_of("other") == "exact"
    assert ladder.level_of("*") == "*"
    assert ladder.level_of("b") is None


@pytest.mark.parametrize("codes", [None, [], "abc"])
def test_missing_codes_are_asked_for(codes):
    with pytest.raises(LadderError, match=r"needs `codes: \[\.\.\.\]`"):
        build_ladder("codes", codes=codes)


@pytest.mark.parametrize("codes", [["a", "*"], ["a", " "], ["a", 1], ["a", "b", "a"]])
def test_codes_that_cannot_stand_are_refused(codes):
    with pytest.raises(LadderError, match=r"as a code|twice"):
        build_ladder("codes", codes=codes)
