"""A gateway in a process of its own, as an operator starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Seen = TypeVar("Seen")
CHECKOUT = Path(__file__).parents[2]
WEIR = (sys.executable, "-m", "gateway.cli.main")
PATIENCE_SECONDS = 30.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_weir(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*WEIR, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        timeout=120,
        **settings,
    )


def poll(look: Callable[[], Seen | None]) -> Seen:
    """Look again and again until something is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return seen


@contextmanager
def gateway_process(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start `weir serve` and wait until it answers; a process that still runs is ended."""
    command = [*WEIR, "serve", "--home", str(home), "--port", str(port)]
    with (home.parent / "gateway.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=CHECKOUT, stderr=log, env=dict(os.environ))
    try:
        _wait_until_ready(process, port, home.parent / "gateway.log")
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the gateway didn't start: {log.read_text()}")
