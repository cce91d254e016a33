from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bodies import MAX_DEPTH, read_json_object
from gateway.errors import InvalidRequestError


def _rule(body):
    with pytest.raises(InvalidRequestError) as caught:
        read_json_object(body)
    return caught.value.reasons[0].rule


def test_an_object_is_read():
    body = '{"dataset": "cases", "where": [{"column": "é", "in": [1, 2.5, null, true]}]}'
    assert read_json_object(body.encode())["where"][0]["in"] == [1, 2.5, None, True]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "body-not-json"),
        (b"{", "body-not-json"),
        (b"\xff\xfe{}", "body-not-json"),
        (b'{"a": NaN}', "body-not-json"),
        (b'{"a": -Infinity}', "body-not-json"),
        (b'{"a": "\\ud800"}', "body-not-json"),
        (b"[" * 60000, "body-not-json"),
        (b'{"a":' * 10000, "body-not-json"),
        (b'{"a": ' + b"1" * 5000 + b"}", "body-not-json"),
        (b"[]", "body-not-object"),
        (b"null", "body-not-object"),
        (b'"text"', "body-not-object"),
        (b'{"a": 1, "a": 1}', "body-key-twice"),
        (b'{"b": [{"a": 1, "a": 2}]}', "body-key-twice"),
        (b'{"a": 1, "\\u0061": 2}', "body-key-twice"),
    ],
)
def test_what_is_not_one_plain_object_is_refused(body, rule):
    assert _rule(body) == rule


def test_depth_is_limited():
    def nested(depth):
        return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)

    assert read_json_object(nested(MAX_DEPTH))
    assert _rule(nested(MAX_DEPTH + 2)) == "body-too-deep"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(InvalidRequestError):
        assert isinstance(read_json_object(body), dict)
