"""How long commands take to begin: help, a gateway that answers, the whole demo.

    python tests/benchmarks/bench_start.py [--quick]

Each time in a process of its own; the bytecode is there, as after an installation.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path

import httpx
from figures import Figure, median_and_best, run_as_script, seconds_of
from programs import run, serving

ROUNDS, SERVE_ROUNDS, DEMO_ROUNDS = 10, 5, 3


def measure(quick):
    """Yield the figures of starting."""
    rounds = 1 if quick else ROUNDS
    run("--help")  # makes the bytecode
    help_ = median_and_best(seconds_of(lambda: run("--help"), rounds))
    yield Figure("`weir --help`, median", help_, "<= 0.5 s")
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        home = Path(folder) / "home"
        begun = time.perf_counter()
        run("init", "--home", home, "--name", "Bench")
        yield Figure("`weir init`", f"{time.perf_counter() - begun:.1f} s")
        ready = sorted(seconds_until_ready(home) for _ in range(1 if quick else SERVE_ROUNDS))
        yield Figure("`weir serve`, until it is ready, median", median_and_best(ready))
        if quick:
            return  # the demo is walked by other tests
        walked = seconds_of(lambda: run("demo", "--once", "--port", "0"), DEMO_ROUNDS)
        yield Figure("`weir demo --once`, 35,000 cases, median", median_and_best(walked))


def seconds_until_ready(home):
    """Start a gateway; return the seconds until it says that it is ready."""
    begun = time.perf_counter()
    with serving(home) as url:
        while not is_ready(url):
            time.sleep(0.01)
        return time.perf_counter() - begun


def is_ready(url):
    """Ask whether the gateway is ready."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/readyz").is_success
    return False


if __name__ == "__main__":
    run_as_script(measure)
