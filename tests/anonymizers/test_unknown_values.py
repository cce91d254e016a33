from __future__ import annotations

import pyarrow as pa
import pytest

from anonymizers.unknown_values import ENGLISH, SPANISH, is_known, known_values, plain_text

SILENT = [
    *("", "  ", "-", "?", "...", "*", "\u2014", "unknown\u00a0", "un\u200bknown", "Unknown"),
    *("N/A", "n.a.", "NA", "#N/A", "NaN", "NULL", "Not specified", "not_specified", "Missing"),
    *("Unknown/other", "unknown or other", "Other (please specify)", "Don\u2019t know", "REFUSED"),
    *("Don't know; refused", "other other other", "no especificado", "NO SABE", "se desconoce"),
    *("No sabe o no contesta", "Sin datos", "Sin dato", "Sin informacion", "sin información"),
    *("Otros", "S/D", "ns/nc", "otro/desconocido", "desconocida y otra", "no sé"),
    *("-99", "-99.0", "-99.00", "-99,0", "-099", "\u221299", " -99 ", "-99."),
]
TELLING = [
    *("ForcedLabour", "None", "None of these", "99", "99.00", "-9", "-999", "-99.5", "-990", "0"),
    *("other unknown disease", "Namibia", "another", "unknown soldier", "or", "other or", "SD"),
    *("información", "datos", "+", "-1", "1.2.3", "o", "or other", "other " * 20 + "place"),
    "unknown " * 17,
]


@pytest.mark.parametrize("text", SILENT)
def test_what_people_write_who_do_not_know_says_nothing(text):
    assert not is_known(text)


@pytest.mark.parametrize("text", TELLING)
def test_what_says_something_is_known(text):
    assert is_known(text)


@pytest.mark.parametrize("text", [*ENGLISH, *SPANISH])
def test_each_listed_text_says_nothing_in_capitals_and_with_blanks(text):
    assert not is_known(f" {text.upper()}. ")


def test_a_column_is_told_value_by_value():
    values = pa.array([None, "debt", "Unknown", "debt", "n/a"])
    assert known_values(values).to_pylist() == [False, True, False, True, False]
    assert known_values(pa.array([None], pa.string())).to_pylist() == [False]
    assert known_values(pa.array([], pa.string())).to_pylist() == []


def test_a_column_may_have_more_that_says_nothing():
    values = pa.array(["-9.00", "-9", "Won't tell", "wont tell", "debt", "other, won't tell"])
    more = ("-9", "won't tell")
    assert known_values(values, more).to_pylist() == [False, False, False, True, True, False]
    assert all(known_values(values).to_pylist())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("-0099.500", "-99.5"),
        ("000", "0."),
        ("+3", "3."),
        ("-0", "-0."),
        ("1,50", "1.5"),
        ("12.", "12."),
        ("Él, dijo: NO", "el dijo no"),
        ("C++", "c++"),
    ],
)
def test_what_makes_no_difference_is_left_out(text, plain):
    assert plain_text(text) == plain
