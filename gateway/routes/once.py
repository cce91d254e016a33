"""POST requests that are carried out once, however often they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.errors import WeirError
from gateway.idempotency import Answer, answer_once, read_key
from gateway.problems import problem_of, problem_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from gateway.context import Context
    from gateway.permissions import Caller

KEPT_HEADERS = ("content-type", "content-language", "location", "vary")
_SERVER_ERROR = 500


def respond_once(  # noqa: PLR0913, PLR0917 - who asks, what for, and what carries it out
    request: Request,
    context: Context,
    caller: Caller,
    body: bytes,
    accept_language: str,
    make: Callable[[], Response],
) -> Response:
    """Carry a request out, or answer as the first time where its key was used before.

    Args:
        request: its path and `Idempotency-Key` name it.
        context: the open home.
        caller: who sent it.
        body: what the key is bound to.
        accept_language: in which a refusal is worded.
        make: carries it out; a refusal that it raises is an answer too, and kept like one.
    """

    def kept() -> Answer:
        try:
            return answer_of(make())
        except WeirError as error:
            if error.status >= _SERVER_ERROR:
                raise
            return answer_of(problem_response(problem_of(error), accept_language))

    answer = answer_once(
        context,
        client=caller.partner,
        key=read_key(request.headers.getlist("idempotency-key")),
        request=f"{request.method} {request.url.path}",
        body=body,
        make=kept,
    )
    return Response(answer.body, answer.status, dict(answer.headers))


def answer_of(response: Response) -> Answer:
    """Return what is kept of a response."""
    headers = tuple(
        (name, response.headers[name]) for name in KEPT_HEADERS if name in response.headers
    )
    return Answer(response.status_code, headers, bytes(response.body))
