"""Tokens a second, into binary and as text, beside HMAC value by value.

python tests/benchmarks/bench_tokens.py [--quick]
"""

from __future__ import annotations

import hmac
import os

import pyarrow as pa
from figures import Figure, run_as_script, seconds_of

from anonymizers.pseudonyms import ROOT, roots, tokens_binary, tokens_text

ROWS, IDENTIFIERS, ROUNDS = 2_000_000, 500_000, 5
QUICK = 100
KEY = bytes(range(32))


def measure(quick):
    """Yield rates by the best round: the machine's other work only ever adds time."""
    rows, count = (ROWS // QUICK, IDENTIFIERS // QUICK) if quick else (ROWS, IDENTIFIERS)
    some = pa.Array.from_buffers(ROOT, rows, [None, pa.py_buffer(os.urandom(16 * rows))])
    identifiers = pa.array([f"case-{number:09d}" for number in range(count)])
    encoded = [value.encode() for value in identifiers.to_pylist()]
    peer = rate(count, lambda: [hmac.digest(KEY, value, "sha256") for value in encoded])
    timed = {
        "tokens, binary": (rate(rows, lambda: tokens_binary(some, KEY)), ">= 100 M/s"),
        "tokens, text": (rate(rows, lambda: tokens_text(some, KEY, "person")), ">= 10 M/s"),
        "roots of distinct identifiers": (rate(count, lambda: roots(identifiers, KEY)), ""),
    }
    for what, (measured, target) in timed.items():
        times = f"{measured / peer:.1f} times HMAC one by one"
        yield Figure(what, f"{measured / 1e6:.2f} M/s", target, times)
    yield Figure("HMAC, value by value", f"{peer / 1e6:.2f} M/s")


def rate(rows, work):
    """Return how many a second, in the best round."""
    return rows / seconds_of(work, ROUNDS)[0]


if __name__ == "__main__":
    run_as_script(measure)
