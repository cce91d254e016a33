from __future__ import annotations

import base64
import hashlib

import pytest

from gateway.declarations import suspend_partner
from gateway.outcomes import CONTENT, folder_of
from tests.http_fixtures import CODEBOOK_BYTES, CONTENT_BYTES

SIZE = len(CONTENT_BYTES)


@pytest.fixture
def path(gateway, harbor):
    return f"/v1/extracts/{gateway.add_ready_extract('harbor')}/content"


def test_the_bytes_come_with_what_proves_them(harbor, path):
    answer = harbor.get(path)
    digest = hashlib.sha256(CONTENT_BYTES)
    assert answer.status_code == 200
    assert answer.content == CONTENT_BYTES
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    encoded = base64.b64encode(digest.digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{encoded}:"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert answer.headers["cache-control"] == "no-store"


def test_the_codebook_comes_the_same_way(harbor, path):
    answer = harbor.get(path.replace("content", "codebook"))
    assert answer.content == CODEBOOK_BYTES
    assert answer.headers["etag"] == f'"{hashlib.sha256(CODEBOOK_BYTES).hexdigest()}"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-0", 0, 0),
        ("10-19", 10, 19),
        (f"{SIZE - 5}-", SIZE - 5, SIZE - 1),
        ("-7", SIZE - 7, SIZE - 1),
        ("70000-80000", 70_000, 80_000),
    ],
)
def test_a_range_comes_alone(harbor, path, asked, first, last):
    answer = harbor.get(path, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == CONTENT_BYTES[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["content-length"] == str(last - first + 1)


def test_two_halves_make_the_whole(harbor, path):
    halves = [harbor.get(path, headers={"Range": span}) for span in ("bytes=0-999", "bytes=1000-")]
    assert b"".join(half.content for half in halves) == CONTENT_BYTES


def test_a_range_behind_the_end_is_a_problem(harbor, path):
    answer = harbor.get(path, headers={"Range": f"bytes={SIZE}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert answer.json()["type"] == "urn:weir:problem:range-not-satisfiable"


def test_several_ranges_get_everything(harbor, path):
    assert harbor.get(path, headers={"Range": "bytes=0-1,4-5"}).status_code == 200


def test_a_range_of_other_bytes_gets_everything(harbor, path):
    etag = harbor.get(path, method="HEAD").headers["etag"]
    statuses = [
        harbor.get(path, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code
        for tag in (etag, '"other"', f"W/{etag}")
    ]
    assert statuses == [206, 200, 200]


def test_who_has_the_bytes_gets_none(harbor, path):
    etag = harbor.get(path, method="HEAD").headers["etag"]
    answer = harbor.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    assert harbor.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_says_what_get_would(harbor, path):
    head, get = harbor.get(path, method="HEAD"), harbor.get(path)
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


def test_nobody_else_gets_them(gateway, path):
    other = gateway.add_partner("other")
    absent = gateway.http.get("/nothing").content
    for method in ("GET", "HEAD"):
        answer = other.get(path, method=method)
        assert answer.status_code == 404
    assert other.get(path).content == absent


def test_after_the_agreement_they_are_refused_even_to_who_has_them(gateway, harbor, path):
    etag = harbor.get(path).headers["etag"]
    gateway.add_partner("harbor", keys=[harbor.key], agreements=[])
    answer = harbor.get(path, headers={"If-None-Match": etag})
    assert answer.status_code == 403
    assert answer.json()["reasons"][0]["rule"] == "agreement-ended"


def test_after_the_download_days_they_are_gone(gateway, harbor, path):
    gateway.clock.move(days=30)
    harbor._token = ""
    answer = harbor.get(path)
    assert answer.status_code == 410
    assert answer.json()["reasons"][0]["rule"] == "download-ended"


def test_a_suspended_partner_gets_none(gateway, harbor, path):
    assert harbor.get(path).status_code == 200
    suspend_partner(gateway.context, "harbor")
    assert harbor.get(path).status_code == 401


def test_before_they_are_ready_there_is_a_conflict(harbor):
    extract = harbor.post("/v1/extracts", {"dataset": "cases", "purpose": "research"}).json()
    answer = harbor.get(f"/v1/extracts/{extract['id']}/content")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:weir:problem:conflict")


def test_changed_bytes_on_disk_never_pass_for_the_released_ones(gateway, harbor, path):
    file = folder_of(gateway.context, path.split("/")[3]) / CONTENT
    stored = bytearray(file.read_bytes())
    stored[len(stored) // 2] ^= 1
    file.write_bytes(stored)
    assert harbor.get(path).content != CONTENT_BYTES
