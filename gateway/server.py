"""The running gateway: one open home, its jobs, its socket for commands, its HTTP server."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import uvicorn

from gateway.app import create_app
from gateway.context import open_context
from gateway.control import listening as answering_commands
from gateway.errors import ListeningError
from gateway.housekeeping import keeping_house
from gateway.jobs import running_jobs
from gateway.listening import (
    METRICS_HOST,
    Listening,
    bind,
    bind_metrics,
    check_listening,
    public_url_of,
)
from gateway.metrics import create_metrics_app
from gateway.operations import perform
from gateway.protocol import HeaderTimeoutProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socket import socket

    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from gateway.context import Context

__all__ = ["Listening", "Running", "run_gateway", "serving"]

MAX_CONNECTIONS = 512
SHUTDOWN_SECONDS = 10
START_SECONDS = 30.0


@dataclass(frozen=True)
class Running:
    """A gateway that answers.

    Attributes:
        url: the address that partners use.
        context: the open home it serves.
        metrics_url: where programs of this machine read metrics; empty where nobody does.
    """

    url: str
    context: Context
    metrics_url: str = ""


@dataclass(frozen=True)
class _Prepared:
    running: Running
    server: uvicorn.Server
    bound: socket

    def run(self) -> None:
        self.server.run(sockets=[self.bound])


def run_gateway(path: Path, listening: Listening) -> None:
    """Serve a home until the process is told to stop (SIGINT or SIGTERM).

    Raises:
        ListeningError: the address needs TLS or a proxy, or is taken.
        HomeError: there is no home at `path`.
        GatewayRunningError: another process has it open.
    """
    signal.signal(signal.SIGTERM, _stop)
    with contextlib.suppress(KeyboardInterrupt), _prepared(path, listening) as prepared:
        if prepared.running.metrics_url:
            sys.stderr.write(f"weir: metrics are at {prepared.running.metrics_url}\n")
        sys.stderr.write(f"weir: the gateway is up at {prepared.running.url}\n")
        prepared.run()


def _stop(_number: int, _frame: object) -> NoReturn:
    """End like Ctrl-C does, so that the home is closed in order."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def serving(path: Path, listening: Listening) -> Iterator[Running]:
    """Serve a home from a thread while the block lasts.

    Raises:
        ListeningError: the address needs TLS or a proxy, is taken, or the server didn't start.
    """
    with (
        _prepared(path, listening) as prepared,
        _running(prepared.server, prepared.bound, "http"),
    ):
        yield prepared.running


@contextlib.contextmanager
def _running(server: uvicorn.Server, bound: socket, name: str) -> Iterator[None]:
    """Run a server in a thread while the block lasts."""
    run = partial(server.run, sockets=[bound])
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ListeningError("the HTTP server didn't start; look at the log for the reason")
        time.sleep(0.01)


@contextlib.contextmanager
def _prepared(path: Path, listening: Listening) -> Iterator[_Prepared]:
    """Open everything in the order in which a later part needs an earlier one."""
    check_listening(listening)
    with contextlib.closing(bind(listening)) as bound, contextlib.ExitStack() as stack:
        url = public_url_of(listening, bound.getsockname()[1])
        context = stack.enter_context(open_context(path, public_url=url))
        context = stack.enter_context(running_jobs(context))
        stack.enter_context(keeping_house(context))
        stack.enter_context(answering_commands(context, partial(perform, context)))
        app = create_app(context)
        metrics_url = stack.enter_context(_metrics(app, listening.metrics_port))
        server = uvicorn.Server(server_configuration(app, listening))
        yield _Prepared(Running(url, context, metrics_url), server, bound)


@contextlib.contextmanager
def _metrics(app: FastAPI, port: int | None) -> Iterator[str]:
    """Serve metrics to programs of this machine while the block lasts, and say where."""
    if port is None:
        yield ""
        return
    with contextlib.closing(bind_metrics(port)) as bound:
        own = Listening(METRICS_HOST, bound.getsockname()[1])
        server = uvicorn.Server(server_configuration(create_metrics_app(app), own))
        with _running(server, bound, "metrics"):
            yield f"{public_url_of(own, own.port)}/metrics"


def server_configuration(app: ASGIApp, listening: Listening) -> uvicorn.Config:
    """Return how an HTTP server runs: quiet, with limits, trusting no forwarded address."""
    return uvicorn.Config(
        app,
        http=HeaderTimeoutProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # Nobody is trusted to say where a request came from or went to: addresses are never
        # used, and URLs derive from the public one.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ssl_certfile=listening.tls_cert,
        ssl_keyfile=listening.tls_key,
    )
