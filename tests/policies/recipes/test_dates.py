from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from policies.recipes.ages import made_age, whole_years
from policies.recipes.dates import LONGEST, DateReader
from policies.recipes.values import NOTHING, Made
from policies.recipes.words import month_numbers

if TYPE_CHECKING:
    from policies.documents.recipe import DateOrder

DAY_FIRST: DateOrder = "day-month-year"


def read(text, order=DAY_FIRST, language="es", *, first_year=1930, keeps_time=False):
    made = DateReader(order, language, first_year, keeps_time).read(text)
    return made.text or made.problem


@pytest.mark.parametrize(
    "text",
    [
        *("05/03/2024", "5/3/2024", "05-03-2024", "5.3.2024", "05 03 2024", "5 / 3 / 2024"),
        *("5/3/24", "5 de marzo de 2024", "5 de Marzo del 2024", "05-mar-24", "5 mar. 2024"),
        *("marzo 5, 2024", "05MAR2024", "2024-03-05", "2024/3/5", "2024-03-05 00:00:00"),
        *("2024-03-05T00:00:00.000", "05/03/2024 14:30", "05/03/2024 2:30:15 p. m.", " 5/3/24 "),
    ],
)
def test_a_day_is_read_however_it_is_written(text):
    assert read(text) == "2024-03-05"


def test_each_order_reads_its_own():
    assert read("03/05/2024", "month-day-year") == "2024-03-05"
    assert read("24.03.05", "year-month-day") == "2024-03-05"
    assert read("24-mar-5", "year-month-day") == "2024-03-05"
    assert read("March 5, 2024", "month-day-year", "en") == "2024-03-05"
    assert read("may 5 2024", "month-day-year", None) == "2024-05-05"


@pytest.mark.parametrize(
    "text",
    [
        *("31/04/2024", "29/02/2023", "30/02/2024", "00/01/2024", "32/13/2024", "2023-02-29"),
        *("5/3", "5/3/024", "05/03-2024", "5 marzo", "5 marzo abril", "5 marzo 3 2024", "x"),
        *("5/3/2024 25:00", "5/3/2024 13:00 pm", "5/3/2024 0:00 am", "5/3/2024 10:61"),
        *("2024-03-05T10:00Z", "45356", "hacia marzo de 2024", "0000-01-01", "1 enero 345"),
        "5/3/2024" + " " * LONGEST,
    ],
)
def test_what_is_no_day_is_never_moved_to_one(text):
    assert read(text) == "not-a-date"


def test_the_29_february_is_there_in_leap_years_alone():
    assert read("29/02/2024") == "2024-02-29"
    assert read("29/02/00") == "2000-02-29"
    assert read("29/02/1900") == "not-a-date"


def test_a_day_of_another_order_is_doubtful_and_not_turned_round():
    assert read("03/25/2024") == "date-order-doubtful"
    assert read("25/03/2024", "month-day-year") == "date-order-doubtful"
    assert read("25/03/2024", "year-month-day") == "date-order-doubtful"


def test_a_day_says_whether_it_fits_the_declared_order_alone():
    reader = DateReader(DAY_FIRST, "es", 1930, keeps_time=False)
    assert reader.read("25/03/2024 10:00").decisive
    assert not reader.read("05/03/2024").decisive
    assert not reader.read("2024-03-25").decisive


def test_without_an_order_only_iso_dates_are_read():
    assert read("2024-03-05", None) == "2024-03-05"
    assert read("2024/03/05", None) == "not-a-date"
    assert read("5 de marzo de 2024", None) == "not-a-date"


def test_two_digits_are_years_of_the_stated_hundred():
    assert read("1/1/29") == "2029-01-01"
    assert read("1/1/30") == "1930-01-01"
    assert read("1/1/30", first_year=1950) == "2030-01-01"
    assert read("1/1/50", first_year=1950) == "1950-01-01"


def test_a_timestamp_keeps_its_time_and_offset():
    assert read("5/3/2024 2:30 pm", keeps_time=True) == "2024-03-05T14:30:00"
    assert read("5/3/2024 12:05 a.m.", keeps_time=True) == "2024-03-05T00:05:00"
    assert read("2024-03-05T10:00:01-06:00", keeps_time=True) == "2024-03-05T10:00:01-06:00"
    assert read("2024-03-05T10:00z", keeps_time=True) == "2024-03-05T10:00:00Z"
    assert read("5/3/2024", keeps_time=True) == "2024-03-05"


def test_months_of_all_languages_agree():
    assert month_numbers(None).items() >= month_numbers("es").items() | month_numbers("en").items()
    assert month_numbers("fr") == month_numbers(None)
    assert set(month_numbers("es").values()) == set(range(1, 13))


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        ("2004-03-05", "2024-03-04", 19),
        ("2004-03-05", "2024-03-05", 20),
        ("2004-12-31", "2024-01-01", 19),
        ("2004-02-29", "2023-02-28", 18),
        ("2004-02-29", "2023-03-01", 19),
        ("2004-02-29", "2024-02-29", 20),
        ("2024-03-05", "2024-03-05", 0),
    ],
)
def test_an_age_is_the_years_completed(birth, on, years):
    assert whole_years(date.fromisoformat(birth), date.fromisoformat(on)) == years


def test_an_age_needs_both_days_in_their_order():
    early, late, wrong = Made("2000-01-01"), Made("2020-01-01"), Made(None, "not-a-date")
    assert made_age(early, late) == Made("20")
    assert made_age(late, early) == Made(None, "born-later")
    assert made_age(NOTHING, late) == made_age(early, NOTHING) == NOTHING
    assert made_age(NOTHING, wrong) == made_age(wrong, late) == wrong
