from __future__ import annotations

import pytest

from policies.requests import RequestError, parse_request

ASKED = {"dataset": "hotline-cases", "purpose": "research"}


def test_a_request_has_defaults():
    request = parse_request(ASKED)
    assert (request.columns, request.where, request.format) == (None, (), "csv")


def test_numbers_in_conditions_become_text():
    where = [{"column": "age", "in": [18, "20-24"]}, {"column": "age", "from": 20, "to": 29.0}]
    ages, span = parse_request({**ASKED, "where": where}).where
    assert ages.forms == ("18", "20-24")
    assert (span.first, span.last) == ("20", "29.0")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"colums": ["age"]}, ("unknown-key", "colums")),
        ({"dataset": "Hotline Cases"}, ("not-kebab-case", "dataset")),
        ({"purpose": None}, ("expected-text", "purpose")),
        ({"columns": []}, ("must-not-be-empty", "columns")),
        ({"columns": ["age", "age"]}, ("named-twice", "columns")),
        ({"format": 1}, ("expected-text", "format")),
        ({"since": "rel_1"}, ("not-available-yet", "since")),
        ({"where": {"column": "age"}}, ("expected-list", "where")),
        ({"where": [{"column": "age"}]}, ("exactly-one-of", "where[0]")),
        ({"where": [{"column": "age", "in": ["1"], "to": "2"}]}, ("exactly-one-of", "where[0]")),
        ({"where": [{"column": "age", "in": []}]}, ("must-not-be-empty", "where[0].in")),
        ({"where": [{"column": "age", "in": [None]}]}, ("expected-text", "where[0].in[0]")),
        ({"where": [{"column": "age", "in": [True]}]}, ("expected-text", "where[0].in[0]")),
        ({"where": [{"column": "age", "in": ["x" * 201]}]}, ("too-long", "where[0].in[0]")),
        ({"where": [{"column": "age", "form": "1"}]}, ("unknown-key", "where[0].form")),
        ({"where": [{"column": "a", "from": "1"}] * 51}, ("too-long", "where")),
    ],
)
def test_a_request_s_shape_is_checked(say, change, expected):
    with pytest.raises(RequestError) as caught:
        parse_request({**ASKED, **change})
    say(caught.value.reasons)
    assert expected in [(reason.rule, reason.params["path"]) for reason in caught.value.reasons]
    assert expected[0] in str(caught.value)
