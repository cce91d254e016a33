from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import build_ladder

DECADE = (date(2015, 1, 1), date(2026, 12, 31))
ALL_TIME = (date.min, date.max)


def days(*values):
    return pa.array(values, pa.date32())


@pytest.mark.parametrize(
    ("level", "form"),
    [
        ("day", "2024-03-05"),
        ("month", "2024-03"),
        ("quarter", "2024-Q1"),
        ("year", "2024"),
        ("5-years", "2020-2024"),
        ("*", "*"),
    ],
)
def test_a_date_is_released_as_the_contract_says(released, level, form):
    ladder = build_ladder("date", bounds=DECADE)
    assert released(ladder, days(date(2024, 3, 5)), level) == [form]
    assert level in ladder.levels_with(form)


@pytest.mark.parametrize(
    ("level", "form"),
    [("day", "2024-03-05"), ("iso-week", "2024-W10"), ("iso-year", "2024"), ("*", "*")],
)
def test_a_date_is_released_by_weeks_as_the_contract_says(released, level, form):
    ladder = build_ladder("date-week", bounds=DECADE)
    assert released(ladder, days(date(2024, 3, 5)), level) == [form]
    assert level in ladder.levels_with(form)


def test_the_levels_are_those_of_the_contract():
    assert build_ladder("date", bounds=DECADE).levels == (
        *("day", "month", "quarter", "year", "5-years", "*"),
    )
    assert build_ladder("date-week", bounds=DECADE).levels == ("day", "iso-week", "iso-year", "*")


def test_the_29th_of_february_stands_in_its_month(released, leaves):
    ladder = build_ladder("date", bounds=DECADE)
    leap = days(date(2024, 2, 29), date(2023, 2, 28))
    assert released(ladder, leap, "month") == ["2024-02", "2023-02"]
    assert leaves(ladder, leap, "month") == {"2024-02": 29, "2023-02": 28}
    assert ladder.interval("month", "2024-02-01") == ("2024-02-01", "2024-02-29")
    assert ladder.interval("month", "2023-02-29") is None
    assert ladder.level_of("2023-02-29") is None


@pytest.mark.parametrize(
    ("day", "week", "year"),
    [
        (date(2021, 1, 1), "2020-W53", "2020"),
        (date(2018, 12, 31), "2019-W01", "2019"),
        (date(2024, 12, 29), "2024-W52", "2024"),
        (date(2024, 12, 30), "2025-W01", "2025"),
    ],
)
def test_days_around_new_year_belong_to_their_iso_year(released, day, week, year):
    ladder = build_ladder("date-week", bounds=DECADE)
    assert released(ladder, days(day), "iso-week") == [week]
    assert released(ladder, days(day), "iso-year") == [year]


def test_weeks_agree_with_the_standard_library_over_forty_years(released):
    start = date(1990, 1, 1)
    every = [start + timedelta(days=n) for n in range(14_610)]
    expected = [f"{c.year}-W{c.week:02d}" for c in (day.isocalendar() for day in every)]
    ladder = build_ladder("date-week", bounds=ALL_TIME)
    assert released(ladder, days(*every), "iso-week") == expected


def test_iso_week_53_is_a_form_only_in_years_that_have_one():
    ladder = build_ladder("date-week", bounds=DECADE)
    assert ladder.level_of("2020-W53") == "iso-week"
    assert ladder.level_of("2021-W53") is None


def test_the_first_and_the_last_year_hold(released, leaves):
    ladder = build_ladder("date", bounds=ALL_TIME)
    ends = days(date.min, date.max)
    assert released(ladder, ends, "day") == ["0001-01-01", "9999-12-31"]
    assert released(ladder, ends, "5-years") == ["0000-0004", "9995-9999"]
    assert leaves(ladder, ends, "5-years") == {"0000-0004": 365 * 3 + 366, "9995-9999": 1826}
    weeks = build_ladder("date-week", bounds=ALL_TIME)
    assert released(weeks, ends, "iso-week") == ["0001-W01", "9999-W52"]


def test_leaves_count_only_days_within_the_bounds(leaves):
    ladder = build_ladder("date", bounds=(date(2015, 3, 10), date(2016, 12, 31)))
    first = days(date(2015, 3, 31))
    assert leaves(ladder, first, "month") == {"2015-03": 22}
    assert ladder.climb(first).domain == 22 + 275 + 366


def test_a_day_out_of_bounds_is_other_and_null_stays_null(released, leaves):
    ladder = build_ladder("date", bounds=DECADE)
    values = days(date(2014, 12, 31), None, date(2027, 1, 1), date(2015, 1, 1))
    for level in ladder.levels[:-1]:
        forms = released(ladder, values, level)
        assert forms[:3] == ["other", None, "other"]
        assert leaves(ladder, values, level)["other"] == 1
        assert leaves(ladder, values, level)[None] == 1
    assert released(ladder, values, "*") == ["*"] * 4


def test_a_year_is_no_day_and_a_form_out_of_bounds_is_none():
    ladder = build_ladder("date", bounds=DECADE)
    assert ladder.levels_with("2024") == ("year",)
    assert ladder.levels_with("2014") == ()
    assert ladder.levels_with("2015-2019") == ("5-years",)
    assert ladder.levels_with("2016-2020") == ()
    assert ladder.levels_with("0000") == ()
    assert ladder.levels_with("yesterday") == ()
    assert ladder.levels_with("2024-W10") == ()
    assert ladder.levels_with("other") == ("day", "month", "quarter", "year", "5-years")
    assert ladder.levels_with("*") == ("*",)


def test_an_interval_is_closed_and_ends_at_the_bounds():
    ladder = build_ladder("date", bounds=(date(2015, 3, 10), date(2026, 12, 31)))
    assert ladder.interval("year", "2015-06-01") == ("2015-03-10", "2015-12-31")
    assert ladder.interval("quarter", "2024-05-05") == ("2024-04-01", "2024-06-30")
    assert ladder.interval("day", "2024-05-05") == ("2024-05-05", "2024-05-05")
    assert ladder.interval("*", "2024-05-05") == ("2015-03-10", "2026-12-31")
    assert ladder.interval("year", "2015-03-09") is None
    assert ladder.interval("year", "2027-01-01") is None
    assert ladder.interval("year", "2024") is None
    with pytest.raises(LadderError, match="no level 'decade'; the levels are day, month"):
        ladder.interval("decade", "2024-05-05")


def test_bounds_may_be_iso_text():
    ladder = build_ladder("date", bounds=("2015-01-01", "2026-12-31"))
    assert ladder.interval("*", "2020-01-01") == ("2015-01-01", "2026-12-31")


@pytest.mark.parametrize("bounds", [None, "2015-01-01", (date(2015, 1, 1),), ()])
def test_missing_bounds_are_asked_for(bounds):
    with pytest.raises(LadderError, match=r"ladder date needs `bounds: \[first, last\]`"):
        build_ladder("date", bounds=bounds)


@pytest.mark.parametrize("wrong", [2015, "01/02/2015", datetime(2015, 1, 1, tzinfo=UTC), None])
def test_bounds_that_are_no_dates_are_refused(wrong):
    with pytest.raises(LadderError, match="ladder date-week can't read bounds"):
        build_ladder("date-week", bounds=(wrong, date(2026, 12, 31)))


def test_reversed_bounds_are_refused():
    with pytest.raises(LadderError, match="reversed: 2026-12-31 is after 2015-01-01"):
        build_ladder("date", bounds=(DECADE[1], DECADE[0]))


def test_values_that_are_no_dates_are_refused():
    with pytest.raises(LadderError, match="ladder date takes dates, not timestamp"):
        build_ladder("date", bounds=DECADE).climb(pa.array([0], pa.timestamp("us")))
