"""Asking for an extract and waiting until it is ready."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.client.errors import (
    ExtractEndedError,
    StillWaitingError,
    UnreachableError,
    parse_reasons,
)
from gateway.client.session import Session, read_object

WAITING = frozenset({"queued", "running", "in_review"})
READY, CONNECTING = "ready", "connecting"
ENDED = frozenset({"refused", "failed", "expired", "recalled"})
NEEDED_LINKS = frozenset({"content", "codebook", "manifest", "receipt"})
FIRST_POLL_SECONDS, POLL_GROWTH, LONGEST_POLL_SECONDS = 0.1, 1.5, 5.0


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        dataset: as an agreement names it.
        purpose: likewise.
        file_format: csv, parquet, jsonl or xlsx.
        columns: a choice of columns; None for all that the policy gives.
        where: filters, `{column, in}` or `{column, from, to}`.
        fill: a choice of the columns that the policy fills; None for all of them, () for none.
    """

    dataset: str
    purpose: str
    file_format: str
    columns: Sequence[str] | None = None
    where: Sequence[Mapping[str, Any]] | None = None
    fill: Sequence[str] | None = None

    def body(self) -> dict[str, Any]:
        """Return the request as the gateway reads it; what wasn't chosen isn't sent."""
        chosen = {"dataset": self.dataset, "purpose": self.purpose, "format": self.file_format}
        columns = {"columns": list(self.columns)} if self.columns is not None else {}
        where = {"where": [dict(one) for one in self.where]} if self.where else {}
        fill = {"fill": list(self.fill)} if self.fill is not None else {}
        return {**chosen, **columns, **where, **fill}


@dataclass(frozen=True)
class Progress:
    """How far a pull is.

    Attributes:
        state: queued, running, in_review, ready, or downloading; connecting, where the gateway
            takes no connection yet and is tried again.
        share: 0 to 1 of this state.
    """

    state: str
    share: float


OnProgress = Callable[[Progress], None]


def ask(session: Session, request: Request) -> str:
    """Ask for an extract and return the link to watch.

    Raises:
        WeirRequestError: refused; carries the reasons.
        UnreachableError: no answer.
    """
    answer = session.post("/v1/extracts", request.body())
    location = answer.headers.get("location")
    if not location:
        raise UnreachableError(f"{session.url} took the request but named no extract")
    return str(location)


def wait(
    session: Session, link: str, on_progress: OnProgress, wait_seconds: float | None
) -> Mapping[str, str]:
    """Watch an extract until it is ready, and return its links.

    Args:
        session: as whom.
        link: as `ask` returned it.
        on_progress: told of every look.
        wait_seconds: how long at most; None for as long as it takes, a review included.

    Raises:
        ExtractEndedError: refused, failed, expired or recalled.
        StillWaitingError: the time is over; the same request later finds the same extract.
    """
    started, pause = time.monotonic(), FIRST_POLL_SECONDS
    while True:
        seen = read_object(session.get(link))
        state = str(seen.get("state"))
        on_progress(Progress(state, _share(seen)))
        if state not in WAITING:
            return _links(state, seen)
        if wait_seconds is not None and time.monotonic() - started >= wait_seconds:
            raise StillWaitingError(
                f"extract {seen.get('id')} is {state} after {wait_seconds:g} s; "
                "ask for the same again later and it goes on"
            )
        time.sleep(pause)
        pause = min(pause * POLL_GROWTH, LONGEST_POLL_SECONDS)


def _share(seen: Mapping[str, Any]) -> float:
    share = seen.get("progress")
    return min(1.0, max(0.0, float(share))) if isinstance(share, int | float) else 0.0


def _links(state: str, seen: Mapping[str, Any]) -> Mapping[str, str]:
    if state in ENDED:
        message = f"extract {seen.get('id')} is {state}"
        raise ExtractEndedError(message, state=state, reasons=parse_reasons(seen))
    links = seen.get("links")
    if state != READY or not isinstance(links, dict) or not links.keys() >= NEEDED_LINKS:
        raise UnreachableError(f"the gateway answered what this version can't read: state {state}")
    return links
