"""Tokens a second, into binary and as text, beside HMAC value by value.

Run: `python tests/benchmarks/bench_tokens.py`
"""

import hmac
import os
import time

import pyarrow as pa

from anonymizers.pseudonyms import ROOT, roots, tokens_binary, tokens_text

ROWS = 2_000_000
IDENTIFIERS = 500_000
KEY = bytes(range(32))
TARGETS = {"tokens, binary": 100.0, "tokens, text": 10.0}


def best_of(work, rounds=5):
    """Return the shortest of some runs: the machine's other work only ever adds time."""
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def measure():
    some = pa.Array.from_buffers(ROOT, ROWS, [None, pa.py_buffer(os.urandom(16 * ROWS))])
    identifiers = pa.array([f"case-{number:09d}" for number in range(IDENTIFIERS)])
    encoded = [value.encode() for value in identifiers.to_pylist()]
    yield "tokens, binary", ROWS / best_of(lambda: tokens_binary(some, KEY))
    yield "tokens, text", ROWS / best_of(lambda: tokens_text(some, KEY, "person"))
    yield "roots (distinct)", IDENTIFIERS / best_of(lambda: roots(identifiers, KEY), 3)
    yield (
        "HMAC, value by value",
        IDENTIFIERS
        / best_of(lambda: [hmac.digest(KEY, value, "sha256") for value in encoded], rounds=3),
    )


def main():
    print("| what | M a second | target |")
    print("|---|---|---|")
    for name, rate in measure():
        print(f"| {name} | {rate / 1e6:.2f} | {TARGETS.get(name, '')} |")


if __name__ == "__main__":
    main()
