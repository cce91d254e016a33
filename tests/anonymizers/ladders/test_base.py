import numpy as np
import pyarrow as pa
import pytest

from anonymizers.ladders.base import (
    TOP,
    Climb,
    Ladder,
    LadderDoesNotRefineError,
    LadderError,
    Rung,
    check_refines,
)
from anonymizers.ladders.catalogue import build_ladder


class Plain(Ladder):
    """A ladder that says no more than it must."""

    def climb(self, values):
        raise NotImplementedError

    def forms(self, level):
        return ("0-9", "10-19") if level == "10-years" else (TOP,)

    def levels_with(self, form):
        return () if form else (TOP,)


def test_a_ladder_that_cannot_tell_a_value_says_so():
    assert Plain().level_of("0-9") is None
    assert Plain().value_of("0-9", "10-years") is None
    assert Plain().interval("10-years", "9") is None
    assert [Plain().form_count(level) for level in ("10-years", TOP)] == [2, 1]


def rung(level, codes, forms):
    return Rung(level, np.array(codes, np.int32), forms, np.ones(len(forms), np.int64))


AGES = pa.array([9, 17, 19])
TENS = rung("10-years", [0, 1, 1], ("0-9", "10-19"))
MAJORITY = rung("majority", [0, 0, 1], ("0-17", "18+"))


def test_bands_that_straddle_a_coarser_edge_are_refused_with_the_two_values():
    with pytest.raises(LadderDoesNotRefineError, match="'17' and '19' are one value") as caught:
        check_refines("age", (TENS, MAJORITY), AGES)
    assert (caught.value.level, caught.value.first, caught.value.second) == ("10-years", "17", "19")


def test_rungs_that_refine_pass():
    check_refines("age", (rung("exact", [0, 1, 2], ("9", "17", "19")), TENS), AGES)


def test_an_unknown_level_is_named_with_the_known_ones():
    climb = Climb(AGES, (TENS, MAJORITY), 121)
    assert climb.rung("majority") is MAJORITY
    with pytest.raises(LadderError, match="no level 'year'; the levels are 10-years, majority"):
        climb.rung("year")


def test_level_of_is_the_finest_level_of_a_form():
    ladder = build_ladder("age", bounds=(0, 120))
    assert ladder.level_of("18-19") == "2-years"
    assert ladder.level_of("18-18") is None


def test_an_unordered_ladder_has_no_intervals():
    assert build_ladder("codes", codes=["a"]).interval("exact", "a") is None
