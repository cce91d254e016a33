"""HTTP/1.1 with a limit on how long the headers of a request may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

HEADER_SECONDS = 10.0


class HeaderTimeoutProtocol(H11Protocol):
    """uvicorn's protocol, which waits for a request's headers as long as one likes, and a timer.

    **Guarantee.** A connection that sends nothing, or its headers byte by byte, is closed
    `HEADER_SECONDS` after it began to.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start without a timer."""
        super().__init__(*args, **kwargs)
        self._header_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Wait on while headers are incomplete; stop once they are there."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._arm()
        else:
            self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _disarm(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _give_up(self) -> None:
        self._header_timer = None
        self.timeout_keep_alive_handler()
