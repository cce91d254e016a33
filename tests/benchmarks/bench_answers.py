"""A question of 250 cells over HTTP: new, and asked before; and a report of 20 tables.

    python tests/benchmarks/bench_answers.py [--quick]

The demo's home of 35,000 generated cases, one worker, loopback, kept-alive. Answers leave at ticks
otherwise (`gateway/aggregates/padding.py`); here they leave when they are ready.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from pathlib import Path

import httpx
from figures import Figure, median_and_best, run_as_script
from programs import WITHOUT_TICKS, serving

from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.demo.walk import walk

PARTNER, PURPOSE = "harbor-network", "service-planning"
STATES = ["CA", "TX", "FL", "NY", "OH", "MI", "GA", "IL", "NC", "PA", "WA", "VA", "NJ", "AZ", "TN"]
EPSILON = 0.01


def measure(quick):
    """Yield the medians."""
    cases, states = (1_000, STATES[:2]) if quick else (35_000, STATES)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as name:
        home = Path(name) / "home"
        with contextlib.redirect_stdout(io.StringIO()):
            walk(home, cases=cases, port=0, once=True)
        key = load_partner_key(home.with_name("home.files") / f"{PARTNER}.pem")
        with serving(home, WITHOUT_TICKS) as url:
            yield from answers(url, key, states)


def answers(url, key, states):
    """Ask, in each state and twice over, then the same again."""
    with Session(url, PARTNER, key) as session:
        session.get("/v1/releases")
        headers = {"Authorization": f"Bearer {session._token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        warm = question({"column": "state", "in": ["AK"]})
        begun = time.perf_counter()
        http.post("/v1/aggregates", json=warm).raise_for_status()
        yield Figure(
            "the first question on a snapshot, which prepares it",
            f"{time.perf_counter() - begun:.1f} s",
        )
        bodies = [question({"column": "state", "in": [state]}) for state in states]
        bodies += [question({"column": "state", "in": [state, "AK"]}) for state in states]
        new = sorted(taken(http, body) for body in bodies)
        yield Figure("new question of 252 cells, median", median_and_best(new), "<= 60 ms")
        again = sorted(taken(http, body) for body in bodies)
        yield Figure("the same asked before, median", median_and_best(again), "<= 10 ms")


def taken(http, body):
    """Return the seconds that one question took."""
    begun = time.perf_counter()
    http.post("/v1/aggregates", json=body).raise_for_status()
    return time.perf_counter() - begun


def question(condition):
    """Return a question of 18 by 14 keys."""
    return {
        "dataset": "hotline-cases",
        "purpose": PURPOSE,
        "measures": ["count_people"],
        "group_by": ["controls", {"column": "reported_on", "level": "year"}],
        "where": [condition],
        "epsilon": EPSILON,
    }


if __name__ == "__main__":
    run_as_script(measure)
