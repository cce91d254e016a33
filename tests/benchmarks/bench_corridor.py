"""Generated cases: loading them, and from the lake to a verified file, in processes of their own.

    python tests/benchmarks/bench_corridor.py [--quick]

Time is of the work alone, on a home that was just opened: on the clock, and of the processor (of
all threads), which other work on the machine changes little. Memory is the most that the process
had resident, imports included. Two datasets: the demo's, where consent leaves many cases
out; and the same cases as a person each who allowed everything, the most work they can make.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from figures import Figure, run_as_script

CASES, QUICK_CASES = 1_000_000, 2_000
MANY_CASES, QUICK_MANY_CASES = 10_000_000, 2_000
ROUNDS = 3
DATASETS = {"demo": "as in the demo", "everybody": "each a person, all permitted"}


def measure(quick):
    """Yield the figures of loading and of one extract, for both datasets."""
    cases, rounds = (QUICK_CASES, 1) if quick else (CASES, ROUNDS)
    datasets = ("everybody",) if quick else DATASETS  # the other runs in `bench_http`
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        play("write", folder, cases)
        for dataset in datasets:
            what = f"{cases:,} cases, {DATASETS[dataset]}"
            yield from measure_dataset(Path(folder), dataset, what, rounds)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        yield from measure_many(Path(folder), QUICK_MANY_CASES if quick else MANY_CASES)


def measure_dataset(folder, dataset, what, rounds):
    """Load once, then make the same extract on fresh copies of the home."""
    kept, used = folder / dataset, folder / "used"
    loaded = play("load", kept, dataset)
    yield Figure(f"load {what}", f"{said([loaded])}, {loaded['peak_mb']:,.0f} MB")
    made = []
    for _ in range(rounds):
        shutil.rmtree(used, ignore_errors=True)
        shutil.copytree(kept, used)
        made.append(play("extract", used, dataset))
    yield Figure(f"6 quasi-identifiers, lake to verified file: {what}", said(made), "<= 20 s")
    peak = max(one["peak_mb"] for one in made)
    yield Figure(f"its peak memory ({made[0]['rows']:,} rows)", f"{peak:,.0f} MB", "<= 2,000 MB")


def measure_many(folder, cases):
    """Load many cases from Parquet, each a person's; make an extract as Parquet."""
    loaded = play("load-many", folder, cases)
    rate = cases / loaded["seconds"]
    what = f"load {cases:,} cases from Parquet"
    yield Figure(what, f"{said([loaded])}, {rate:,.0f} rows/s, {loaded['peak_mb']:,.0f} MB")
    made = play("extract-many", folder, cases)
    what = f"6 columns with a floor, lake to verified Parquet: {cases:,} cases"
    yield Figure(what, said([made]), "<= 60 s")
    tokens, whole = made["token_seconds"], made["seconds"]
    what = "its tokens as text, of the whole"
    yield Figure(what, f"{tokens:.1f} s, {tokens / whole:.0%}", "<= 50 %")
    yield Figure(
        f"its peak memory ({made['rows']:,} rows)", f"{made['peak_mb']:,.0f} MB", "<= 6,000 MB"
    )


def said(made):
    """Say the best of some rounds, on the clock and of the processor."""
    best, least = (min(one[what] for one in made) for what in ("seconds", "cpu_seconds"))
    return f"best of {len(made)}: {best:.1f} s (processor {least:.1f} s)"


def play(role, folder, what):
    """Play a role in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, role, str(folder), str(what)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def write(folder, cases):
    """Write the data file; generating isn't what is measured."""
    from gateway.demo.cases import write_csv

    write_csv(folder / "cases.csv", int(cases))
    return {}


def load(folder, dataset):
    """Found a home and load into it."""
    from demo_home import found, load_cases

    from gateway.context import open_context

    folder.mkdir()
    found(folder, everybody=dataset == "everybody")
    with open_context(folder / "home") as context:
        return timed(lambda: load_cases(context, folder.with_name("cases.csv")))


def extract(folder, _dataset):
    """Make one extract, from the request to the published release."""
    from demo_home import DATASET, PURPOSE

    from gateway.context import open_context
    from gateway.releases import show_release

    with open_context(folder / "home") as context:
        taken = timed(lambda: walk(context, {"dataset": DATASET, "purpose": PURPOSE}))
        return {**taken, "rows": show_release(context, taken["done"])["manifest"]["rows"]}


def load_many(folder, cases):
    """Found a home and load many cases into it."""
    from large_home import found, load, write_files

    from gateway.context import open_context

    found(folder)
    files = write_files(folder, int(cases))
    with open_context(folder / "home") as context:
        return timed(lambda: load(context, files))


def extract_many(folder, _cases):
    """Make one extract of many cases; say how much of it the tokens took."""
    from large_home import REQUEST

    from gateway.context import open_context
    from gateway.release_tokens import ReleaseTokens
    from gateway.releases import show_release

    texts, spent = ReleaseTokens.texts, []

    def watched(tokens, column, roots):
        taken = timed(lambda: texts(tokens, column, roots))
        spent.append(taken["seconds"])
        return taken["done"]

    with open_context(folder / "home") as context:
        with mock.patch.object(ReleaseTokens, "texts", watched):
            taken = timed(lambda: walk(context, REQUEST))
        rows = show_release(context, taken["done"])["manifest"]["rows"]
    return {**taken, "rows": rows, "token_seconds": sum(spent)}


def walk(context, request):
    """Walk the corridor for a request; return the id of its release."""
    from demo_home import PARTNER

    from gateway.corridor import make
    from gateway.extracts import request_extract, view_extract
    from gateway.releases import publish, settle

    asked = request_extract(context, PARTNER, request).id
    make(context, asked)
    settle(context, asked)
    publish(context, asked)
    return view_extract(context, PARTNER, asked).release_id


def timed(work):
    """Do some work; say how long it took, and what came of it."""
    begun, processor_begun = time.perf_counter(), time.process_time()
    done = work()
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - processor_begun
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "done": done}


ROLES = {
    "write": write,
    "load": load,
    "extract": extract,
    "load-many": load_many,
    "extract-many": extract_many,
}


def main():
    """Measure; or play one role in a process of its own."""
    if len(sys.argv) > 1 and sys.argv[1] in ROLES:
        facts = ROLES[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**facts, "peak_mb": peak_mb}))
    else:
        run_as_script(measure)


if __name__ == "__main__":
    main()
