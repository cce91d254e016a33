"""The perimeter: what is true of every answer, whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from gateway.failures import log_failure
from gateway.problems import INTERNAL, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.metrics import RequestCounts

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HSTS = "max-age=31536000"


class Perimeter:
    """ASGI middleware around everything: security headers, counts, and silence about failures.

    **Guarantee.** Every answer carries the security headers, and isn't stored by anyone unless
    its route says that it may be. A failure is answered with a 500 that says nothing; the log
    names the kind of error and the line, never its text, which may hold a protected value.
    """

    def __init__(self, app: ASGIApp, counts: RequestCounts, public_url: str) -> None:
        """Surround an application.

        Args:
            app: what answers.
            counts: where answers are counted.
            public_url: decides whether browsers are told to come by TLS alone.
        """
        self._app = app
        self._counts = counts
        self._headers = dict(SECURITY_HEADERS)
        if public_url.startswith("https://"):
            self._headers["Strict-Transport-Security"] = _HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_out(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._finish(message)
            await send(message)

        try:
            await self._app(scope, receive, send_out)
        except Exception as error:  # noqa: BLE001 - nothing may pass with its text
            log_failure(error)
            if not started:
                language = Headers(scope=scope).get("accept-language", "")
                await problem_response(INTERNAL, language)(scope, receive, send_out)

    def _finish(self, message: Message) -> None:
        self._counts.count(message["status"])
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
