"""Filters are read as people write them; what can't be read is named."""

from __future__ import annotations

import pytest

from gateway.client import WhereError, parse_where


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("state in CA,TX", {"column": "state", "in": ["CA", "TX"]}),
        ("state IN CA , TX", {"column": "state", "in": ["CA", "TX"]}),
        ('city in "Paris, Texas",Reno', {"column": "city", "in": ["Paris, Texas", "Reno"]}),
        ("age in 18+", {"column": "age", "in": ["18+"]}),
        (
            "reported_on from 2024-01-01 to 2024-12-31",
            {"column": "reported_on", "from": "2024-01-01", "to": "2024-12-31"},
        ),
        ("age from 18", {"column": "age", "from": "18"}),
        (" age to 17 ", {"column": "age", "to": "17"}),
    ],
)
def test_a_filter_is_read(text, condition):
    assert parse_where(text) == condition


@pytest.mark.parametrize(
    "text",
    ["", "state", "state in", "state in CA,,TX", "state = CA", 'state in "CA', "age from", "a b c"],
)
def test_what_is_no_filter_is_refused_with_an_example(text):
    with pytest.raises(WhereError, match="state in CA,TX"):
        parse_where(text)
