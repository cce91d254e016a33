"""Downloads that go on where they broke."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import httpx

from gateway.client.errors import UnreachableError, WeirRequestError
from gateway.client.session import BACKOFF_SECONDS, PASSING_STATUS, UNAUTHENTICATED, Session
from gateway.files import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

PARTIAL, RANGE_REFUSED = 206, 416
_CONTENT_RANGE = re.compile(r"bytes (?P<first>[0-9]+)-[0-9]+/(?P<size>[0-9]+|\*)")

OnShare = Callable[[float], None]


class _Download:
    """One file on its way.

    Invariant: the first `written` bytes of `out` are of the version that `etag` names.
    """

    def __init__(self, session: Session, link: str, out: BinaryIO, on_share: OnShare) -> None:
        self._session, self._link, self._out, self._on_share = session, link, out, on_share
        self._etag = ""
        self._size: int | None = None
        self.written = 0

    def read_on(self) -> None:
        """Read from where the last try broke to the end.

        Raises:
            httpx.TransportError: it broke again.
            WeirRequestError: the gateway says no.
        """
        with self._session.stream(self._link, self._range()) as response:
            self._place(response)
            # Blocks as they arrive: a chunk size would hold bytes back, and lose them at a break.
            for block in response.iter_raw():
                self._out.write(block)
                self.written += len(block)
                if self._size:
                    self._on_share(min(1.0, self.written / self._size))
        if self._size is not None and self.written != self._size:
            raise httpx.RemoteProtocolError("the download ended before its end")

    def start_again(self) -> None:
        """Throw away what was read."""
        self._out.seek(0)
        self._out.truncate()
        self.written, self._etag, self._size = 0, "", None

    def _range(self) -> dict[str, str]:
        if not self.written or not self._etag:
            return {}
        return {"Range": f"bytes={self.written}-", "If-Range": self._etag}

    def _place(self, response: httpx.Response) -> None:
        """Decide where these bytes belong: after what is there, or at the beginning."""
        if response.status_code == PARTIAL:
            where = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
            if where is None or int(where["first"]) != self.written:
                self.start_again()
                raise httpx.RemoteProtocolError("the gateway sent another range than was asked for")
            self._size = None if where["size"] == "*" else int(where["size"])
            return
        self.start_again()
        self._etag = response.headers.get("etag", "")
        length = response.headers.get("content-length", "")
        self._size = int(length) if length.isdecimal() else None


def download(session: Session, link: str, file: Path, on_share: OnShare) -> None:
    """Download into a new file, readable by its owner alone; durable when this returns.

    Guarantee: a broken connection is taken up where it broke (RFC 9110, ranges), if the bytes are
    still the same version by their `ETag`; else the download starts again. Whether they are the
    right bytes is for the manifest to say.

    Args:
        session: as whom.
        link: as the gateway gave it.
        file: must not exist.
        on_share: told the share that has arrived, where the size is known.

    Raises:
        WeirRequestError: the gateway says no.
        UnreachableError: it broke again and again without a byte of progress.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w+b") as out:
        _read_to_end(_Download(session, link, out, on_share), session.url)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(file.parent)


def _read_to_end(download: _Download, url: str) -> None:
    failures, reached = 0, 0
    while True:
        try:
            download.read_on()
        except (httpx.TransportError, WeirRequestError) as error:
            failures = 0 if download.written > reached else failures + 1
            reached = download.written
            _give_up_or_wait(download, error, failures, url)
        else:
            return


def _give_up_or_wait(download: _Download, error: Exception, failures: int, url: str) -> None:
    if isinstance(error, WeirRequestError):
        if error.http_status == RANGE_REFUSED:
            download.start_again()
        elif error.http_status not in PASSING_STATUS | {UNAUTHENTICATED}:
            raise error
    if failures >= len(BACKOFF_SECONDS):
        raise UnreachableError(
            f"the download from {url} broke {failures} times in a row; try again later"
        ) from error
    time.sleep(BACKOFF_SECONDS[failures])
