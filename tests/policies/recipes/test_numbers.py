from __future__ import annotations

import re
from decimal import Decimal

import pytest

from policies.recipes.numbers import LONGEST, MOST_DIGITS, USUAL, NumberReader


def read(text, mark="point", **more):
    made = NumberReader(mark, **more).read(text)
    return made.text or made.problem


@pytest.mark.parametrize(
    "text",
    [
        *("1,234.5", "1234.50", "1 234.5", "1'234.5", "1\u2019234.5", "1\u00a0234.5", "+1234.5"),
        *("$1,234.5", "$ 1,234.5", "1234.5 €", "01234.5"),
    ],
)
def test_a_number_with_a_point_is_read_however_it_is_grouped(text):
    assert read(text) == "1234.5"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1.234,5", "1234.5"), ("1.234", "1234"), ("0,5", "0.5"), (",5", "0.5"), ("12", "12")),
        *(("1.234.567,89", "1234567.89"), ("-3,10", "-3.1"), ("-€ 3", "-3"), ("\u22123", "-3")),
        *(("-0,0", "0"), ("007", "7"), ("0", "0"), ("100", "100")),
    ],
)
def test_a_number_with_a_comma_is_read_in_plain_digits(text, number):
    assert read(text, "comma") == number


@pytest.mark.parametrize(
    "text",
    [
        *("12.5", "0.500", "1,234.5", "12.34.567", "1.23", "1.2345", "1.234 567", "5%", "1e5"),
        *("", "-", "mil", "5 6", "--5", "$", "5 USD 3", "٣", "1_000", "inf", "nan"),
        "1" * (MOST_DIGITS + 1),
        "1" + " " * LONGEST,
    ],
)
def test_what_is_no_number_with_a_comma_is_none(text):
    assert read(text, "comma") == "not-a-number"


def test_only_the_signs_of_the_declared_currency_may_stand_beside():
    assert read("US$ 5", unit="USD") == read("5 usd", unit="USD") == "5"
    assert read("5 €", unit="USD") == "not-a-number"
    assert read("Q5", unit="gtq") == "5"
    assert read("5 usd") == "not-a-number"


def test_units_are_multiplied_exactly():
    assert read("12345", times=Decimal("0.01")) == "123.45"
    assert read("0.1", times=Decimal(3)) == "0.3"
    assert read("9" * 30, times=Decimal("0.1")) == "9" * 29 + ".9"


@pytest.mark.parametrize("mark", ["point", "comma"])
def test_usual_numbers_can_be_rewritten_at_once(mark):
    for text in ("0", "7", "1234", "1,234", "1.234", "1,234.5", "1.234,05", "12,5", "12.5", "0,5"):
        if re.match(USUAL[mark].pattern, text):
            rewritten = text.replace(USUAL[mark].grouping, "").replace(",", ".")
            assert read(text, mark) == rewritten
