"""Metrics for Prometheus: how the gateway does, nothing about the data.

They are an application of their own, on a port of their own: a partner that reads how many answers
left knows when others ask. Where partners ask, `/metrics` says that a gateway is there, and always
the same.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from sqlmodel import col, func, select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.routing import Route

from gateway.perimeter import Perimeter
from gateway.store.engine import reading
from gateway.store.tables import Extract
from gateway.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI
    from sqlalchemy import Engine
    from starlette.requests import Request

    from gateway.aggregates.padding import Ticks

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPEN_STATES = ("in_review", "queued", "running", "settled")
_CLASSES = ("2xx", "3xx", "4xx", "5xx")
_NAMES = ["127.0.0.1", "localhost"]
"""What a program of this machine calls it: neither a page in a browser that made its own name lead
here, nor a proxy that passes its visitors' names on."""

PUBLIC = f"""\
# HELP weir_info The gateway's version; how it does is told on the operator's --metrics-port.
# TYPE weir_info gauge
weir_info{{version="{VERSION}"}} 1
"""
"""What everybody may scrape: nothing of it changes while a gateway runs."""


class RequestCounts:
    """Counts answers of this process by the class of their status."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, status: int) -> None:
        """Count one answer."""
        with self._lock:
            self._counts[f"{status // 100}xx"] += 1

    def totals(self) -> dict[str, int]:
        """Return the counts, zeros among them."""
        with self._lock:
            return {name: self._counts[name] for name in _CLASSES}


def create_metrics_app(app: FastAPI) -> Starlette:
    """Return what answers `/metrics` about another application, and nothing else.

    **Guarantee.** It shares no route with the application that partners reach; there, `/metrics`
    gives `PUBLIC`.
    """
    state = app.state

    def metrics(_request: Request) -> Response:
        text = render_metrics(state.counts, state.ticks, state.context.store)
        return Response(text, media_type=MEDIA_TYPE)

    return Starlette(
        routes=[Route("/metrics", metrics)],
        middleware=[
            Middleware(Perimeter, counts=RequestCounts(), public_url=""),
            Middleware(TrustedHostMiddleware, allowed_hosts=_NAMES),
        ],
    )


def render_metrics(requests: RequestCounts, ticks: Ticks, store: Engine) -> str:
    """Return the exposition text: answers by class of status, at which tick, open extracts.

    **Does not protect** the rhythm of requests: for the operator's eyes alone.
    """
    lines = _family("weir_http_answers_total", "counter", "Answers by class of status.")
    lines += _samples("weir_http_answers_total", "class", requests.totals().items())
    name = "weir_aggregates_answered_total"
    lines += _family(name, "counter", "New answers in numbers, by the tick at which they left.")
    lines += _samples(name, "tick", ticks.totals().items())
    lines += _family("weir_extracts_open", "gauge", "Extracts that aren't done, by state.")
    lines += _samples("weir_extracts_open", "state", _open_extracts(store).items())
    return "\n".join(lines) + "\n"


def _open_extracts(store: Engine) -> dict[str, int]:
    query = select(Extract.state, func.count()).where(col(Extract.state).in_(OPEN_STATES))
    with reading(store) as session:
        counted = dict(session.exec(query.group_by(Extract.state)).all())
    return {state: counted.get(state, 0) for state in OPEN_STATES}


def _family(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _samples(name: str, label: str, values: Iterable[tuple[str, int]]) -> list[str]:
    return [f'{name}{{{label}="{key}"}} {value}' for key, value in values]
