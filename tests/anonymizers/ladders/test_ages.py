import pyarrow as pa
import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import build_ladder

LEVELS = ("exact", "2-years", "5-years", "10-years", "20-years", "majority", "*")


@pytest.fixture
def ladder():
    return build_ladder("age", bounds=(0, 120))


def test_the_levels_are_those_of_the_contract(ladder):
    assert ladder.levels == LEVELS


@pytest.mark.parametrize(
    ("age", "forms"),
    [
        (0, ["0", "0-1", "0-4", "0-9", "0-17", "0-17", "*"]),
        (4, ["4", "2-4", "0-4", "0-9", "0-17", "0-17", "*"]),
        (17, ["17", "15-17", "15-17", "10-17", "0-17", "0-17", "*"]),
        (18, ["18", "18-19", "18-19", "18-19", "18-19", "18+", "*"]),
        (20, ["20", "20-21", "20-24", "20-29", "20-39", "18+", "*"]),
        (89, ["89", "87-89", "85-89", "80-89", "80-89", "18+", "*"]),
        (90, ["90+", "90+", "90+", "90+", "90+", "18+", "*"]),
        (120, ["90+", "90+", "90+", "90+", "90+", "18+", "*"]),
    ],
)
def test_an_age_is_released_in_bands_that_cut_at_18_and_at_90(released, ladder, age, forms):
    assert [released(ladder, pa.array([age]), level)[0] for level in LEVELS] == forms


def test_no_band_below_exact_shows_a_single_year(ladder):
    climb = ladder.climb(pa.array(range(121)))
    for rung in climb.rungs[1:]:
        assert rung.leaves.min() >= 2


def test_every_age_from_90_counts_in_the_open_class(leaves, ladder):
    assert leaves(ladder, pa.array([90]), "exact") == {"90+": 31}
    assert leaves(ladder, pa.array([30]), "majority") == {"18+": 103}
    assert ladder.climb(pa.array([90])).domain == 121


def test_leaves_count_only_years_within_the_bounds(leaves):
    ladder = build_ladder("age", bounds=(16, 64))
    assert leaves(ladder, pa.array([16]), "5-years") == {"15-17": 2}
    assert ladder.level_of("65-69") is None
    assert ladder.level_of("90+") is None


def test_an_age_out_of_bounds_is_other_and_null_stays_null(released, ladder):
    values = pa.array([-1, 121, None, 5])
    assert released(ladder, values, "majority") == ["other", "other", None, "0-17"]
    assert released(ladder, values, "*") == ["*"] * 4


@pytest.mark.parametrize(
    ("form", "levels"),
    [
        ("17", ("exact",)),
        ("15-17", ("2-years", "5-years")),
        ("18-19", ("2-years", "5-years", "10-years", "20-years")),
        ("0-17", ("20-years", "majority")),
        ("90+", ("exact", "2-years", "5-years", "10-years", "20-years")),
        ("18+", ("majority",)),
        ("95", ()),
        ("10-19", ()),
        ("007", ()),
        ("999", ()),
        ("old", ()),
    ],
)
def test_a_form_is_found_on_every_level_that_shows_it(ladder, form, levels):
    assert ladder.levels_with(form) == levels


def test_an_interval_is_closed_and_ends_at_the_bounds(ladder):
    assert ladder.interval("5-years", "16") == ("15", "17")
    assert ladder.interval("majority", "18") == ("18", "120")
    assert ladder.interval("exact", "95") == ("90", "120")
    assert ladder.interval("exact", "121") is None
    assert ladder.interval("exact", "15-17") is None


@pytest.mark.parametrize("bounds", [(-1, 120), (0, 999), (0.0, 120), (True, 120), ("0", "120")])
def test_bounds_that_are_no_ages_are_refused(bounds):
    with pytest.raises(LadderError, match="ladder age can't read bounds"):
        build_ladder("age", bounds=bounds)


def test_reversed_bounds_are_refused():
    with pytest.raises(LadderError, match="reversed: 120 is after 0"):
        build_ladder("age", bounds=(120, 0))


def test_values_that_are_no_whole_years_are_refused(ladder):
    with pytest.raises(LadderError, match="ladder age takes whole years, not string"):
        ladder.climb(pa.array(["17"]))
