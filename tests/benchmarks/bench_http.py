"""Median time of a token request, a refused request and a bare one; one worker, over loopback.

Run: `python -m tests.benchmarks.bench_http`
"""

import dataclasses
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx
import uvicorn

from gateway.clock import Clock
from gateway.listening import Listening, bind
from gateway.registry import apply_policy, declare_dataset
from gateway.server import server_configuration
from policies.documents import parse_dataset, parse_policy
from tests.http_fixtures import ASSERTION_TYPE, DATASET, POLICY, Gateway, open_home

ROUNDS = 200
TARGETS = {"token": 15.0, "refused extract": 20.0}


def median_ms(prepare):
    """Time a request; what it needs is made before the clock starts."""
    seconds = []
    for _ in range(ROUNDS):
        send = prepare()
        begun = time.perf_counter()
        answer = send()
        seconds.append(time.perf_counter() - begun)
    return answer, statistics.median(seconds) * 1000


def measure(asking, http):
    def token():
        assertion = asking.assertion(aud=asking.gateway.context.public_url)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return lambda: http.post("/oauth/token", data=form)

    answer, milliseconds = median_ms(token)
    assert answer.status_code == 200
    yield "token", milliseconds
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    body = {"dataset": "cases", "purpose": "marketing"}
    answer, milliseconds = median_ms(
        lambda: lambda: http.post("/v1/extracts", json=body, headers=headers)
    )
    assert answer.status_code == 403
    yield "refused extract", milliseconds
    yield "bare route", median_ms(lambda: lambda: http.get("/healthz"))[1]


def main():
    with tempfile.TemporaryDirectory() as folder, bind(Listening(port=0)) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        context = dataclasses.replace(open_home(Path(folder), Clock()), public_url=url)
        declare_dataset(context, parse_dataset(DATASET))
        apply_policy(context, parse_policy(POLICY))
        asking = Gateway(context).add_partner("harbor")
        server = uvicorn.Server(server_configuration(context, Listening()))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        print("| request | median ms | target |")
        print("|---|---|---|")
        with httpx.Client(base_url=url) as http:
            for name, milliseconds in measure(asking, http):
                print(f"| {name} | {milliseconds:.1f} | {TARGETS.get(name, '')} |")
        server.should_exit = True
        thread.join()
        context.store.dispose()


if __name__ == "__main__":
    main()
