"""Problems: every error as RFC 9457 JSON, in the caller's language; the one place that words them.

Guarantee:
    A problem names a rule and the facts that its wording needs. It never holds a value of the
    data. Of what was sent it repeats only what the caller has to correct: names of keys and
    columns, and the values of its own conditions. A failure of the gateway itself says nothing
    but that it failed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.errors import (
    ProtocolVersionError,
    ScopeError,
    UnauthenticatedError,
    WeirError,
)
from gateway.failures import log_failure
from gateway.languages import language_of
from gateway.messages import render
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
MOST_REASONS = 100  # nobody reads more, and an answer must not outgrow its question by far
_HTTP_SLUGS = {
    400: "invalid-request",
    404: "not-found",
    405: "method-not-allowed",
    408: "request-timeout",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    503: "unavailable",
}


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        slug: of its permanent type, `urn:weir:problem:<slug>`.
        headers: that go with the answer.
    """

    slug: str
    status: int
    reasons: tuple[Reason, ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


INTERNAL = Problem("internal", 500)


def problem_of(error: WeirError) -> Problem:
    """Return what a caller may know of an error."""
    if error.status == INTERNAL.status:
        return INTERNAL
    reasons = tuple(getattr(error, "reasons", ()))[:MOST_REASONS]
    return Problem(error.slug, error.status, reasons, _challenge(error))


def _challenge(error: WeirError) -> dict[str, str]:
    """Return what a protocol wants beside the status: the challenge of RFC 6750, tus's version."""
    if isinstance(error, ProtocolVersionError):
        return {"Tus-Version": "1.0.0"}
    if isinstance(error, ScopeError):
        challenge = f'Bearer realm="weir", error="insufficient_scope", scope="{error.needed}"'
    elif isinstance(error, UnauthenticatedError) and error.token_sent:
        challenge = 'Bearer realm="weir", error="invalid_token"'
    elif isinstance(error, UnauthenticatedError):
        challenge = 'Bearer realm="weir"'
    else:
        return {}
    return {"WWW-Authenticate": challenge}


def problem_for_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the problem for a bare HTTP status, as the framework raises it."""
    if status not in _HTTP_SLUGS:
        return INTERNAL
    return Problem(_HTTP_SLUGS[status], status, (), headers or {})


def problem_response(problem: Problem, accept_language: str) -> Response:
    """Return the answer to send, worded in the language that the caller prefers."""
    language = language_of(accept_language)
    document = {
        "type": f"urn:weir:problem:{problem.slug}",
        "title": render(Reason(f"problem-{problem.slug}"), language),
        "status": problem.status,
    }
    if problem.reasons:
        document["reasons"] = worded(problem.reasons, language)
    headers = {"Content-Language": language, "Vary": "Accept-Language", **problem.headers}
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(body, problem.status, headers, MEDIA_TYPE)


def worded(reasons: tuple[Reason, ...], language: str) -> list[dict[str, object]]:
    """Return reasons with their wording, as answers carry them."""
    return [
        {"rule": reason.rule, "params": dict(reason.params), "message": render(reason, language)}
        for reason in reasons
    ]


def answer_with_problems(app: FastAPI) -> None:
    """Make an application answer every error it knows with a problem."""
    app.add_exception_handler(WeirError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_status)
    app.add_exception_handler(RequestValidationError, _answer_parameters)


def _respond(request: Request, problem: Problem) -> Response:
    return problem_response(problem, request.headers.get("accept-language", ""))


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, WeirError)  # noqa: S101 - the handler is registered for it
    if error.status >= INTERNAL.status:
        log_failure(error)
    return _respond(request, problem_of(error))


async def _answer_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for it
    return _respond(request, problem_for_status(error.status_code, error.headers))


async def _answer_parameters(request: Request, error: Exception) -> Response:
    """Name the parameters that aren't valid; the framework's own text would repeat values."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    names = sorted({str(problem["loc"][-1]) for problem in error.errors()})
    reasons = tuple(Reason("parameter-invalid", {"parameter": name}) for name in names)
    return _respond(request, Problem("invalid-request", 400, reasons))
