"""A token request, a refused extract and a bare route: one worker, loopback, kept-alive.

    python tests/benchmarks/bench_http.py [--quick]

The gateway is `weir serve` in a process of its own, on a home with a lake that holds cases. The
bare route is the floor: what HTTP alone costs on this machine.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import httpx
from demo_home import DATASET, PARTNER, PURPOSE, found, load_cases
from figures import Figure, median_and_best, run_as_script
from programs import serving

from gateway.client.private_keys import load_partner_key, sign_assertion
from gateway.client.session import ASSERTION_TYPE
from gateway.context import open_context
from gateway.demo.cases import write_csv

ROUNDS, QUICK_ROUNDS, WARM_UP = 300, 5, 20
CASES = 1_000
REFUSED = {
    "dataset": DATASET,
    "purpose": "marketing",
    "where": [{"column": "state", "in": ["CA"]}],
}


def measure(quick):
    """Yield the median times of the three requests."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as name:
        folder = Path(name)
        found(folder, everybody=False)
        write_csv(folder / "cases.csv", CASES)
        with open_context(folder / "home") as context:
            load_cases(context, folder / "cases.csv")
        with serving(folder / "home") as url, httpx.Client(base_url=url) as http:
            yield from measure_requests(http, url, folder / f"{PARTNER}.pem", rounds)


def measure_requests(http, url, key_file, rounds):
    """Time each kind of request; assertions are signed before the clock starts."""
    key = load_partner_key(key_file)

    def ask_token():
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": sign_assertion(key, PARTNER, url, time.time()),
        }
        return http.build_request("POST", "/oauth/token", data=form)

    token = http.send(ask_token()).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    def ask(body):
        return lambda: http.build_request("POST", "/v1/extracts", json=body, headers=headers)

    bare = sent(http, lambda: http.build_request("GET", "/healthz"), 200, rounds)
    yield Figure("bare route (healthz), median", median_and_best(bare))
    yield Figure(
        "token request, median", median_and_best(sent(http, ask_token, 200, rounds)), "<= 15 ms"
    )
    refused = median_and_best(sent(http, ask(REFUSED), 403, rounds))
    yield Figure("refused extract request, median", refused, "<= 20 ms")
    permitted = ask({"dataset": DATASET, "purpose": PURPOSE})
    taken = median_and_best(sent(http, permitted, 202, rounds))
    yield Figure("permitted request of a known extract, median", taken)


def sent(http, build, status, rounds):
    """Send a fresh request again and again; return the seconds each took."""
    seconds = []
    for round_ in range(rounds + WARM_UP):
        request = build()
        begun = time.perf_counter()
        answer = http.send(request)
        if round_ >= WARM_UP:
            seconds.append(time.perf_counter() - begun)
        assert answer.status_code == status, answer.text
    return seconds


if __name__ == "__main__":
    run_as_script(measure)
