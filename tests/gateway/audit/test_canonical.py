"""Canonical JSON has one spelling for each value; the vectors of its RFC are in tests/vectors."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.canonical import FormatError, canonical_json, canonical_sha256, parse_canonical

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_another_implementation_writes_the_same_bytes(value):
    assert canonical_json(value) == rfc8785.dumps(value)


@given(VALUES)
def test_reading_and_writing_again_gives_the_same_bytes(value):
    data = canonical_json(value)
    assert canonical_json(parse_canonical(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":-0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"\\u0061"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\/"}',
        b'{"a":9007199254740993}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b"{}x",
        b"",
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
def test_any_other_spelling_is_refused(data):
    with pytest.raises(FormatError):
        parse_canonical(data)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, -(2**53), {1: 2}, "\ud800", b"bytes", {"a": object()}],
)
def test_a_value_without_canonical_form_is_refused(value):
    with pytest.raises(FormatError):
        canonical_json(value)


def test_a_large_double_that_is_written_as_an_integer_is_read_back():
    assert parse_canonical(b"[123456789012345680000]") == [123456789012345680000.0]


def test_hash_is_that_of_the_canonical_form():
    assert canonical_sha256({"b": 1, "a": 2}) == canonical_sha256({"a": 2, "b": 1})
