"""Limits on what comes in: a body is read whole, small and in time, before anything sees it.

Only what contributors send is taken as it comes (`gateway/streams.py`), after it is known who
sends it and whether it may.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.problems import problem_for_status, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0
_SUBMISSIONS = "/v1/submissions"
_CONTENT = re.compile(rf"{_SUBMISSIONS}/[^/]+/content")


class BodyRefusedError(Exception):
    """A body that isn't read to its end."""

    def __init__(self, status: int) -> None:
        """Answer with this status."""
        super().__init__(status)
        self.status = status


class BodyLimit:
    """ASGI middleware: at most `MAX_BODY_BYTES`, within `BODY_SECONDS`.

    **Guarantee.** No handler starts before the whole body is there, so a slow or endless one
    holds no thread and no more memory than the limit. Those of `is_streamed` read their own.
    """

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        """Guard an application."""
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then hand it on; or answer 408 or 413 and close."""
        if scope["type"] != "http" or is_streamed(scope):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await _read_body(scope, receive)
        except BodyRefusedError as refused:
            await _refuse(refused.status, scope, receive, send)
        except TimeoutError:
            await _refuse(408, scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)


def is_streamed(scope: Scope) -> bool:
    """Answer whether a request brings files of a submission."""
    if scope["method"] == "PATCH":
        return _CONTENT.fullmatch(scope["path"]) is not None
    if scope["method"] != "POST" or scope["path"] != _SUBMISSIONS:
        return False
    headers = Headers(scope=scope)
    is_form = headers.get("content-type", "").lower().startswith("multipart/form-data")
    return is_form or "tus-resumable" in headers


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdecimal():
        raise BodyRefusedError(400)
    if len(declared) > len(str(MAX_BODY_BYTES)) or int(declared) > MAX_BODY_BYTES:
        raise BodyRefusedError(413)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyRefusedError(400)
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise BodyRefusedError(413)
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that tells the body once, then what the connection tells."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    # What is left of the body must not be read as the next request.
    problem = problem_for_status(status, {"Connection": "close"})
    language = Headers(scope=scope).get("accept-language", "")
    await problem_response(problem, language)(scope, receive, send)
