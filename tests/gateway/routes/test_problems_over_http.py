from __future__ import annotations

import pytest


def _type(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    return body["type"].removeprefix("urn:weir:problem:")


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/", 404, "not-found"),
        ("GET", "/docs", 404, "not-found"),
        ("GET", "/redoc", 404, "not-found"),
        ("GET", "/v1/datasets/", 404, "not-found"),
        ("GET", "/v1/releases/../../etc/passwd", 404, "not-found"),
        ("DELETE", "/v1/datasets", 405, "method-not-allowed"),
        ("GET", "/oauth/token", 405, "method-not-allowed"),
        ("TRACE", "/healthz", 405, "method-not-allowed"),
        ("BREW", "/healthz", 405, "method-not-allowed"),
    ],
)
def test_what_is_not_there_is_a_problem_too(gateway, method, path, status, slug):
    answer = gateway.http.request(method, path)
    assert (answer.status_code, _type(answer)) == (status, slug)


def test_a_method_that_is_not_allowed_is_told_those_that_are(gateway):
    assert gateway.http.delete("/v1/datasets").headers["allow"] == "GET"


def test_a_body_that_is_too_large_is_a_problem(harbor):
    answer = harbor.post("/v1/extracts", b"x" * 70_000)
    assert (answer.status_code, _type(answer)) == (413, "too-large")
    assert answer.headers["connection"] == "close"


def test_a_form_that_is_too_large_is_refused_before_it_is_read(gateway):
    answer = gateway.http.post("/oauth/token", data={"client_assertion": "x" * 70_000})
    assert (answer.status_code, _type(answer)) == (413, "too-large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_a_problem(harbor, media_type):
    answer = harbor.post("/v1/extracts", b"{}", headers={"Content-Type": media_type})
    assert (answer.status_code, _type(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=planted", "cursor=planted"])
def test_a_parameter_that_is_not_valid_is_named_and_not_repeated(harbor, query):
    answer = harbor.get(f"/v1/releases?{query}")
    assert (answer.status_code, _type(answer)) == (400, "invalid-request")
    assert answer.json()["reasons"][0]["params"] == {"parameter": query.partition("=")[0]}
    assert "planted" not in answer.text


def test_problems_speak_the_language_asked_for(gateway):
    spanish = gateway.http.get("/nothing", headers={"Accept-Language": "es"})
    english = gateway.http.get("/nothing")
    assert spanish.headers["content-language"] == "es"
    assert spanish.headers["vary"] == "Accept-Language"
    assert spanish.json()["title"] != english.json()["title"]
