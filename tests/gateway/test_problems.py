from __future__ import annotations

import json

import pytest

import gateway.errors
from gateway.errors import (
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    ScopeError,
    WeirError,
)
from gateway.languages import LANGUAGES
from gateway.messages import render
from gateway.problems import _HTTP_SLUGS, problem_for_status, problem_of, problem_response
from policies.reasons import Reason

ERRORS = [
    error
    for error in vars(gateway.errors).values()
    if isinstance(error, type) and issubclass(error, WeirError) and "slug" in vars(error)
]


@pytest.mark.parametrize("slug", sorted({e.slug for e in ERRORS} | set(_HTTP_SLUGS.values())))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_a_title_in_every_language(slug, language):
    assert render(Reason(f"problem-{slug}"), language)


def test_a_refusal_carries_its_reasons_in_the_language_asked_for():
    error = RefusedError((Reason("agreement-ended", {"agreement": "harbor-2026"}),))
    answers = [problem_response(problem_of(error), language) for language in ("en", "es-MX")]
    bodies = [json.loads(answer.body) for answer in answers]
    assert [body["reasons"][0]["rule"] for body in bodies] == ["agreement-ended"] * 2
    assert bodies[0]["reasons"][0]["params"] == {"agreement": "harbor-2026"}
    assert bodies[0]["reasons"][0]["message"] != bodies[1]["reasons"][0]["message"]
    assert [answer.headers["content-language"] for answer in answers] == ["en", "es"]
    assert {answer.media_type for answer in answers} == {"application/problem+json"}


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_of_the_gateway_itself_says_only_that(error):
    if error.status == 500:
        instance = error.__new__(error)
        assert problem_of(instance).slug == "internal"


def test_not_found_is_the_same_whatever_was_said_inside():
    answers = {
        problem_response(problem_of(error), "").body
        for error in (NotFoundError(), NotFoundError("partner 'harbor' has none"))
    }
    assert answers == {problem_response(problem_for_status(404), "").body}


def test_a_missing_scope_is_named():
    challenge = problem_of(ScopeError("extracts:write")).headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="weir", error="insufficient_scope", scope="extracts:write"'


def test_a_status_nobody_thought_of_is_an_internal_problem():
    assert problem_for_status(418).status == 500


def test_reasons_are_left_out_where_there_are_none():
    assert "reasons" not in json.loads(problem_response(problem_of(NotFoundError()), "").body)
    invalid = InvalidRequestError((Reason("body-not-json"),))
    assert json.loads(problem_response(problem_of(invalid), "").body)["reasons"]
