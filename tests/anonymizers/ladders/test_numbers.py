from decimal import Decimal

import pyarrow as pa
import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import build_ladder


@pytest.fixture
def amounts():
    return build_ladder("number", bounds=(-5000, 100_000), widths=[10, 1000])


@pytest.fixture
def cents():
    return build_ladder("number", bounds=(0, "100000.00"), widths=[Decimal("0.5"), 1000], scale=2)


def test_levels_are_named_by_their_widths(amounts, cents):
    assert amounts.levels == ("exact", "10", "1000", "*")
    assert cents.levels == ("exact", "0.5", "1000", "*")
    assert build_ladder("number", bounds=(0, 9), widths=["2.50", 10.0], scale=1).levels == (
        *("exact", "2.5", "10", "*"),
    )


def test_integers_are_released_in_closed_bands(released, amounts):
    values = pa.array([0, 999, 1000, 1999, 2000])
    assert released(amounts, values, "exact") == ["0", "999", "1000", "1999", "2000"]
    assert released(amounts, values, "1000") == [
        *("0-999", "0-999", "1000-1999", "1000-1999", "2000-2999"),
    ]


def test_negative_numbers_fall_into_the_band_below(released, amounts):
    values = pa.array([-1, -10, -11, -1000, -1001])
    assert released(amounts, values, "10") == [
        *("-10--1", "-10--1", "-20--11", "-1000--991", "-1010--1001"),
    ]
    assert released(amounts, values, "1000")[-2:] == ["-1000--1", "-2000--1001"]
    assert amounts.levels_with("-1000--1") == ("1000",)
    assert amounts.interval("1000", "-1") == ("-1000", "-1")


def test_decimals_are_released_closed_at_their_scale(released, leaves, cents):
    values = pa.array([Decimal("1000.00"), Decimal("1999.99"), Decimal("0.07")])
    assert released(cents, values, "exact") == ["1000.00", "1999.99", "0.07"]
    assert released(cents, values, "0.5") == ["1000.00-1000.49", "1999.50-1999.99", "0.00-0.49"]
    assert released(cents, values, "1000") == ["1000.00-1999.99"] * 2 + ["0.00-999.99"]
    assert leaves(cents, values, "1000") == {"0.00-999.99": 100_000, "1000.00-1999.99": 100_000}
    assert cents.climb(values).domain == 10_000_001


def test_negative_decimals_keep_their_sign_below_one(released):
    ladder = build_ladder("number", bounds=(-1, 1), widths=[1], scale=2)
    values = pa.array([Decimal("-0.05")])
    assert released(ladder, values, "exact") == ["-0.05"]
    assert released(ladder, values, "1") == ["-1.00--0.01"]
    assert ladder.levels_with("-1.00--0.01") == ("1",)
    assert ladder.levels_with("-0.05") == ("exact",)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([7, 100_001, None]),
        pa.array([7, 100_001, None], pa.int32()),
        pa.array([7.0, 100_001.0, None]),
        pa.array([Decimal("7.00"), Decimal("100000.01"), None]),
        pa.array([Decimal(7), Decimal(10) ** 37, None], pa.decimal128(38, 0)),
        pa.array([Decimal(7), Decimal("100000.00001"), None], pa.decimal128(38, 18)),
    ],
    ids=lambda values: str(values.type),
)
def test_every_number_type_gives_the_same_forms(released, cents, values):
    assert released(cents, values, "exact") == ["7.00", "other", None]
    assert released(cents, values.slice(1), "exact") == ["other", None]
    assert released(cents, values.slice(0, 0), "exact") == []


def test_numbers_off_the_scale_are_other(released, cents):
    decimals = pa.array([Decimal("1.005"), Decimal("1.010")])
    assert released(cents, decimals, "1000") == ["other", "0.00-999.99"]
    floats = pa.array([1.005, 1.01, float("nan"), float("inf"), 1e300, -0.0])
    assert released(cents, floats, "exact") == [*("other", "1.01"), *["other"] * 3, "0.00"]


def test_every_cent_as_a_float_is_the_cent_it_stands_for(released, cents):
    values = pa.array([cent / 100 for cent in range(100_001)])
    expected = [f"{cent // 100}.{cent % 100:02d}" for cent in range(100_001)]
    assert released(cents, values, "exact") == expected


def test_huge_integers_are_other_and_do_not_overflow(released, cents):
    assert released(cents, pa.array([2**63 - 1, -(2**63)]), "1000") == ["other", "other"]


def test_leaves_count_only_values_within_the_bounds(leaves):
    ladder = build_ladder("number", bounds=(500, 1500), widths=[1000])
    values = pa.array([500, 1500])
    assert leaves(ladder, values, "1000") == {"0-999": 500, "1000-1999": 501}
    assert ladder.interval("1000", "700") == ("500", "999")
    assert ladder.interval("1000", "499") is None


def test_exact_text_must_be_a_plain_number_on_the_scale(cents):
    assert cents.interval("0.5", "1.3") == ("1.00", "1.49")
    for text in ("1.005", "1e3", "", "NaN", "1,000.00", "9" * 40, "0." + "0" * 39 + "1"):
        assert cents.interval("exact", text) is None


@pytest.mark.parametrize("form", ["1000.00-1999.98", "1.0", "100000.01", "1000-1999", "many", "1-"])
def test_what_no_level_releases_has_no_level(cents, form):
    assert cents.level_of(form) is None


@pytest.mark.parametrize("widths", [None, [], "1000"])
def test_missing_widths_are_asked_for(widths):
    with pytest.raises(LadderError, match=r"needs `widths: \[\.\.\.\]`"):
        build_ladder("number", bounds=(0, 10), widths=widths)


@pytest.mark.parametrize(
    ("widths", "text"),
    [
        ([10, 25], "width 25 must be a larger multiple of the level below it, 10"),
        ([1000, 10], "width 10 must be a larger multiple of the level below it, 1000"),
        ([10, 10], "width 10 must be"),
        ([1], "width 1 must be a larger multiple of the level below it, exact"),
        ([0], "width 0 must be"),
        ([-10], "width -10 must be"),
        ([0.5], "can't read width 0.5: it needs a number of at most 0 decimals"),
        (["wide"], "can't read width 'wide'"),
        ([True], "can't read width True"),
        ([Decimal("NaN")], "can't read width"),
        ([2**70], "can't read width"),
    ],
)
def test_widths_that_do_not_divide_each_other_are_refused(widths, text):
    with pytest.raises(LadderError, match=text):
        build_ladder("number", bounds=(0, 10), widths=widths)


@pytest.mark.parametrize("bounds", [(0, 0.5), (0, 2**61), (0, "inf"), (0, [1]), (False, 9)])
def test_bounds_that_are_no_numbers_of_that_scale_are_refused(bounds):
    with pytest.raises(LadderError, match="ladder number can't read bounds"):
        build_ladder("number", bounds=bounds, widths=[10])


def test_missing_and_reversed_bounds_are_refused():
    with pytest.raises(LadderError, match="needs `bounds"):
        build_ladder("number", widths=[10])
    with pytest.raises(LadderError, match="reversed: 10 is after 0"):
        build_ladder("number", bounds=(10, 0), widths=[10])


@pytest.mark.parametrize("scale", [-1, 19, True, "2"])
def test_a_scale_that_64_bits_cannot_hold_is_refused(scale):
    with pytest.raises(LadderError, match="needs a scale from 0 to 18"):
        build_ladder("number", bounds=(0, 1), widths=[10], scale=scale)


def test_values_that_are_no_numbers_are_refused(cents):
    with pytest.raises(LadderError, match="ladder number takes numbers, not string"):
        cents.climb(pa.array(["7"]))


FAR = 2**60


@pytest.mark.parametrize(
    ("bounds", "widths"),
    [((-FAR, 0), [10]), ((0, FAR), [10]), ((0, FAR // 2 + 1), [FAR // 2 + 1]), ((0, FAR), [FAR])],
)
def test_bands_that_reach_too_far_to_be_read_back_are_refused(bounds, widths):
    with pytest.raises(LadderError, match="too far out for the widest bands"):
        build_ladder("number", bounds=bounds, widths=widths)


@pytest.mark.parametrize("bounds", [(-FAR, -1), (0, FAR - 1)])
def test_bands_that_end_where_numbers_do_stand_on_their_level(bounds):
    ladder = build_ladder("number", bounds=bounds, widths=[16, FAR])
    for rung in ladder.climb(pa.array(bounds)).rungs[:-1]:
        assert all(rung.level in ladder.levels_with(rung.forms[code]) for code in rung.codes)
