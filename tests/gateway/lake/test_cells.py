"""Cells: what counts as a value of each type, and what a cell that isn't one is called."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from gateway.lake.cells import read_column, trimmed
from policies.documents import ColumnDocument

NEW_YORK = ZoneInfo("America/New_York")


def column(kind, **more):
    return ColumnDocument.model_validate({"type": kind, "role": "insensitive", **more})


def read(texts, declared):
    found = read_column(trimmed(pa.array(texts, pa.string())), declared, NEW_YORK)
    marks = {
        kind: mask.nonzero()[0].tolist() for kind, mask in {**found.refused, **found.warned}.items()
    }
    return found.values.to_pylist(), marks


@pytest.mark.parametrize(
    ("kind", "more", "texts", "values"),
    [
        ("integer", {}, ["7", " -3 ", "+12", "34.0", "", None], [7, -3, 12, 34, None, None]),
        (
            "decimal",
            {"scale": 2},
            ["7", "1.005", "-0.10"],
            [Decimal(7), Decimal(1), Decimal("-.1")],
        ),
        ("date", {}, ["2024-02-29", "2024-03-05 00:00:00"], [date(2024, 2, 29), date(2024, 3, 5)]),
        ("boolean", {}, ["true", "No", "1", "F"], [True, False, True, False]),
        ("point", {}, ["19.4,-99.1", " 0, -0.0"], ["19.400000,-99.100000", "0.000000,0.000000"]),
        ("string", {}, ["  Reno ", "\u00a0", "007"], ["Reno", None, "007"]),
    ],
)
def test_values_are_read(kind, more, texts, values):
    assert read(texts, column(kind, **more)) == (values, {})


@pytest.mark.parametrize(
    ("kind", "texts", "problem"),
    [
        ("integer", ["1.5", "1_000", "1,000", "१२", "0x10", "9" * 19], "not-an-integer"),
        ("decimal", ["1,50", "1e5", "NaN", "inf", "9999999999", "1."], "not-a-number"),
        ("date", ["2023-02-29", "05/03/2024", "20240305", "2024-03-05 10:00"], "not-a-date"),
        ("timestamp", ["2024-13-01T00:00", "noon", "2024-W10-1"], "not-a-timestamp"),
        ("boolean", ["maybe", "2"], "not-a-boolean"),
        ("point", ["19.4", "19,4;99,1", "91,0", "0,181", "Reno"], "not-a-point"),
        ("string", ["Re\0no"], "nul-byte"),
        ("integer", ["1\0"], "nul-byte"),
    ],
)
def test_what_is_no_value_is_named(kind, texts, problem):
    values, marks = read(texts, column(kind))
    assert marks == {problem: list(range(len(texts)))}
    assert kind == "string" or values == [None] * len(texts)


def test_a_timestamp_becomes_the_date_it_has_in_its_zone():
    texts = ["2024-03-05T23:30", "2024-03-05T02:00Z", "2024-03-05 02:00:00.5+05:30", "2024-03-05"]
    home = [date(2024, 3, 5), date(2024, 3, 4), date(2024, 3, 4), date(2024, 3, 5)]
    assert read(texts, column("timestamp")) == (home, {})
    tokyo = [date(2024, 3, 5)] * 2 + [date(2024, 3, 5)] * 2
    assert read(texts, column("timestamp", timezone="Asia/Tokyo")) == (tokyo, {})


def test_a_timestamp_beyond_the_calendar_is_refused():
    values, marks = read(["9999-12-31T23:59-12:00"], column("timestamp", timezone="Asia/Tokyo"))
    assert (values, marks) == ([None], {"not-a-timestamp": [0]})


def test_values_out_of_bounds_and_unknown_codes_are_kept_and_named():
    assert read(["5", "-1", "121"], column("integer", bounds=[0, 120])) == (
        [5, -1, 121],
        {"out-of-bounds": [1, 2]},
    )
    assert read(["a", "z", ""], column("string", codes=["a", "b"])) == (
        ["a", "z", None],
        {"unknown-code": [1]},
    )


@pytest.mark.parametrize(
    ("ladder", "texts", "unknown", "kind"),
    [
        ("us-postcode", ["02139", "2139", "", "99999"], [1, 3], "unknown-postcode"),
        ("city", ["Austin, TX", "Austin", "Narnia"], [1, 2], "unknown-place"),
        ("us-county", ["Travis County, TX", "Nowhere"], [1], "unknown-place"),
        ("country", ["México", "Mexiko", "Mexco"], [2], "unknown-region"),
        ("us-state", ["TX", "Texas", "Tx.as"], [2], "unknown-region"),
    ],
)
def test_a_place_that_is_in_no_table_is_kept_and_named(ladder, texts, unknown, kind):
    declared = column("string", ladder=ladder)
    values, marks = read(texts, declared)
    assert values == [text or None for text in texts]
    assert marks == {kind: unknown}


def test_an_unknown_consent_value_is_named():
    declared = ColumnDocument(type="string", role="consent")
    assert read(["Anonymized", "yes"], declared)[1] == {"unknown-consent": [1]}
