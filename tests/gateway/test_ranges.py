from __future__ import annotations

import pytest

from gateway.ranges import ByteRange, UnsatisfiableRangeError, names_etag, requested_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-9", ByteRange(0, 9)),
        ("bytes=90-", ByteRange(90, 99)),
        ("bytes=90-1000", ByteRange(90, 99)),
        ("bytes=-10", ByteRange(90, 99)),
        ("bytes=-1000", ByteRange(0, 99)),
        ("bytes=99-99", ByteRange(99, 99)),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0-" + "9" * 30, None),
        ("bytes=٣-٤", None),
    ],
)
def test_one_range_is_understood_and_anything_else_means_everything(header, expected):
    assert requested_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_bytes_that_are_not_there_are_unsatisfiable(header):
    with pytest.raises(UnsatisfiableRangeError):
        requested_range(header, 100)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (None, False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
    ],
)
def test_an_entity_tag_is_found_among_several(header, named):
    assert names_etag(header, '"a"') is named
