"""Bodies that are taken as they come: large ones, at a pace, to a limit that holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Message, Receive

MAX_UPLOAD_BYTES = 2 << 30
"""Of one submission: a million records of a hundred columns are a tenth of it."""

PACE_SECONDS, PACE_BYTES = 30.0, 16 << 10
"""Who brings less than so many bytes in so many seconds is cut off: a telephone brings more."""

CLOSE = {"Connection": "close"}
"""What is left of a body that was refused must not be read as the next request."""


class BrokenOffError(Exception):
    """The other side went away before the end of the body; nobody reads an answer."""


def declared_length(request: Request) -> int | None:
    """Return the Content-Length of a request; None where it comes without one.

    Raises:
        HTTPException: it is no number.
    """
    declared = request.headers.get("content-length")
    if declared is None:
        return None
    if not declared.isdecimal():
        raise HTTPException(400, headers=CLOSE)
    return int(declared[:20])


def check_length(request: Request, limit: int) -> None:
    """Refuse a body that says to be too long, before any of it is read.

    Raises:
        HTTPException: 413.
    """
    if (declared_length(request) or 0) > limit:
        raise HTTPException(413, headers=CLOSE)


async def read_paced(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """Yield the parts of a body as they come.

    Args:
        receive: of the request.
        limit: of all of it, in bytes, whatever its headers say.

    Raises:
        HTTPException: 408, where it comes too slowly; 413, where it is longer than the limit.
        BrokenOffError: the connection ended.
    """
    came, pace = 0, _Pace()
    while True:
        message = await pace.awaited(receive)
        if message["type"] == "http.disconnect":
            raise BrokenOffError
        part = message.get("body", b"")
        came += len(part)
        if came > limit:
            raise HTTPException(413, headers=CLOSE)
        pace.count(len(part))
        if part:
            yield part
        if not message.get("more_body", False):
            return


class _Pace:
    """Measures what comes in spans of `PACE_SECONDS`."""

    def __init__(self) -> None:
        self._began, self._came = asyncio.get_running_loop().time(), 0

    async def awaited(self, receive: Receive) -> Message:
        left = self._began + PACE_SECONDS - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                return await receive()
        except TimeoutError:
            raise HTTPException(408, headers=CLOSE) from None

    def count(self, size: int) -> None:
        self._came += size
        if self._came >= PACE_BYTES:
            self._began, self._came = asyncio.get_running_loop().time(), 0
