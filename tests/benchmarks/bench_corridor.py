"""Generated cases: loading them, and from the lake to a verified file, in processes of their own.

    python tests/benchmarks/bench_corridor.py [--quick]

Time is wall time of the one call; memory is what the whole process had resident at most,
imports and opening of the home included.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, run_as_script

CASES, QUICK_CASES = 1_000_000, 2_000
ROUNDS = 3
PARTNER, PURPOSE = "harbor-network", "research"
POLICY = """
policy: ngo-research
dataset: hotline-cases
classes: [ngo]
purposes: [service-planning, research]
extract:
  columns:
    person_id: {pseudonymize: {epoch: year}}
    reported_on: {coarsen: {from: month}}
    age: {coarsen: {from: 5-years}}
    gender: {coarsen: {from: exact}}
    state: {coarsen: {from: us-state}}
    citizenship: {coarsen: {from: country}}
    language: {coarsen: {from: exact}}
    exploitation: keep
  minors: {column: age, below: 18, k: 20}
  protect: {k: 11, l: {exploitation: 2}, max_suppressed: 0.05}
"""


def measure(quick):
    """Yield the figures of loading and of one extract."""
    cases, rounds = (QUICK_CASES, 1) if quick else (CASES, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        _in_process("write", folder, cases)
        loaded = _in_process("load", folder, cases)
        yield Figure(f"load {cases:,} cases", f"{loaded['seconds']:.1f} s")
        yield Figure("  its peak memory", f"{loaded['peak_mb']:,.0f} MB")
        made = [_in_process("extract", folder, number) for number in range(rounds)]
    best, worst = (how(one["seconds"] for one in made) for how in (min, max))
    what = f"{cases:,} cases x 6 quasi-identifiers, lake to verified file"
    yield Figure(what, f"{best:.1f} s (worst of {rounds}: {worst:.1f})", "<= 20 s")
    peak = max(one["peak_mb"] for one in made)
    yield Figure("  its peak memory", f"{peak:,.0f} MB", "<= 2,000 MB")
    for part in made[0]["parts"]:
        seconds = min(one["parts"][part] for one in made)
        yield Figure(f"  of it: {part}", f"{seconds:.1f} s")
    yield Figure("  people released", f"{made[0]['rows']:,}")


def _in_process(role, folder, number):
    """Run a role in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, role, folder, str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def write_files(folder, cases):
    """Write the data file; generating isn't what is measured."""
    from gateway.demo.cases import write_csv

    write_csv(folder / "cases.csv", cases)
    return {}


def load(folder, _cases):
    """Found a home, declare what the demo declares under our policy, and load."""
    from gateway.client.new_keys import make_key_pair
    from gateway.context import open_context
    from gateway.demo.declarations import demo_files
    from gateway.founding import found_home
    from gateway.loading import Load, load_dataset
    from gateway.registry import add_partner, apply_policy, declare_dataset
    from policies.documents import parse_dataset, parse_partner, parse_policy

    found_home(folder / "home", name="Bench", origin="", timezone="UTC")
    make_key_pair(PARTNER, folder)
    with open_context(folder / "home") as context:
        files = demo_files(context.clock.today("UTC"))
        declare_dataset(context, parse_dataset(files["hotline-cases.yaml"]))
        apply_policy(context, parse_policy(POLICY))
        partner = parse_partner(files[f"{PARTNER}.yaml"], lambda name: (folder / name).read_text())
        add_partner(context, partner)
        begun = time.perf_counter()
        load_dataset(
            context, Load("hotline-cases", (folder / "cases.csv",)), lambda _text, _share: None
        )
        return {"seconds": time.perf_counter() - begun}


def extract(folder, number):
    """Walk the corridor once: a request of another conditions-order, so that nothing is stored."""
    from gateway.context import open_context
    from gateway.corridor import make
    from gateway.extracts import request_extract
    from gateway.releases import publish, settle, view_release

    body = {
        "dataset": "hotline-cases",
        "purpose": PURPOSE,
        "format": ("csv", "parquet", "jsonl")[number % 3],
    }
    with open_context(folder / "home") as context:
        begun = time.perf_counter()
        asked = request_extract(context, PARTNER, body)
        make(context, asked.id)
        made = time.perf_counter()
        state = settle(context, asked.id)
        publish(context, asked.id)
        seconds = time.perf_counter() - begun
        view = view_release(context, PARTNER, asked.id.replace("ext_", "rel_"))
        print(state, view, file=sys.stderr)
        return {"seconds": seconds, "parts": {"make": made - begun}, "rows": 0}


ROLES = {"write": write_files, "load": load, "extract": extract}


def main():
    """Measure; or play one role in a process of its own."""
    if len(sys.argv) > 1 and sys.argv[1] in ROLES:
        facts = ROLES[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**facts, "peak_mb": peak_mb}))
    else:
        run_as_script(measure)


if __name__ == "__main__":
    main()
