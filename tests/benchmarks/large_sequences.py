"""Many records of each person, protected together: one extract, stage by stage.

    python tests/benchmarks/large_sequences.py [--rows N] [--people N] [--folder DIR]

Not a part of `run.py`: it takes minutes, and 200 bytes of disk for each row. The rows are written
into the lake's table directly, with generated roots; everything from the request to the published
release is as in a gateway. Of each stage it prints the time, and the memory that was resident at
most; the last lines are of the whole.

People come in every month for as long as their programme lasts: a third for half as long, a third
for half as long again. Three of a hundred skip a month of their own, so that nobody else has their
sequence. What happened to a person is mostly one thing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow as pa
from bench_corridor import timed, walk
from large_home import PART_ROWS, POLICY, REQUEST, VALUES, found, insert, roots, stored

from anonymizers import recount_sequences
from gateway import corridor, protecting, sequences
from gateway.context import open_context
from gateway.releases import show_release

ROWS, PEOPLE = 5_000_000, 250_000
TARGET = "<= 12 GB for 100 M rows of 5 M people"
FIRST_MONTH, MONTHS = np.datetime64("2015-01"), 138
SEQUENCES = POLICY.replace("    contact: {coarsen: {}}\n", "").replace(
    "max_suppressed: 0.05", "max_suppressed: 0.1"
)
PEAKS = []  # of this process's memory, in MB, one after the other
STAGES = (
    (protecting.Selection, "__enter__", "selecting in the lake"),
    (sequences, "read_people", "reading people's sequences"),
    (sequences, "find_levels", "finding the levels"),
    (sequences.SequenceClasses, "build", "classes, and l of them"),
    (protecting._Work, "_in_order", "recoding, and into keyed order"),
    (corridor, "write_and_recount", "writing and recounting"),
    (recount_sequences.SequenceRecounter, "finish", "of that: counting people and classes"),
)


def policy_text(most):
    """Return the policy, with so many records for one person."""
    several = f"max_records_per_person: {most}\n  sequence: [reported_on]"
    return SEQUENCES.replace("max_records_per_person: 1", several)


def lasts(rng, rows, people):
    """Draw how many rows each person has: that many on average."""
    mean = rows // people
    return rng.choice([mean // 2, mean, mean + mean // 2], people)


def tables(rows, people):
    """Yield all rows: everybody's first month, everybody's second, ..."""
    rng = np.random.default_rng(5)
    everybody, lengths = roots(rng, people), lasts(rng, rows, people)
    longest = int(lengths.max())
    start = rng.integers(0, (MONTHS - longest - 1) // 3, people) * 3
    skipped = np.where(rng.random(people) < 0.03, rng.integers(1, longest, people), longest)
    ages = (rng.beta(2, 4, people) * 91).astype(np.int64)
    own = {
        name: np.minimum(rng.beta(1, 4, people) * len(VALUES[name]), len(VALUES[name]) - 1)
        for name in ("state", "citizenship", "gender")
    }
    harm = rng.integers(0, len(VALUES["exploitation"]), people)
    for nth in range(longest):
        there = np.flatnonzero(lengths > nth)
        for begin in range(0, len(there), PART_ROWS):
            who = there[begin : begin + PART_ROWS]
            months = FIRST_MONTH + start[who] + nth + (nth >= skipped[who])
            days = months.astype("datetime64[D]") + rng.integers(0, 28, len(who))
            columns = {name: chosen(name, codes[who]) for name, codes in own.items()}
            another = rng.random(len(who)) < 0.02
            harms = (harm[who] + another) % len(VALUES["exploitation"])
            contacts = rng.integers(0, len(VALUES["contact"]), len(who))
            columns["exploitation"] = chosen("exploitation", harms)
            columns["contact"] = chosen("contact", contacts)
            part = pa.table({"reported_on": pa.array(days), "age": ages[who], **columns})
            rank = np.full(len(who), nth + 1)
            yield stored(roots(rng, len(who)), everybody.take(pa.array(who)), rank, part)


def chosen(name, codes):
    """Return a column's values."""
    return pa.array(VALUES[name]).take(pa.array(codes.astype(np.int64)))


def make_home(folder, rows, people):
    """Found the home and write the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    found(folder, policy_text(max(rows // people * 3 // 2, 2)))
    with open_context(folder / "home") as context:
        begun = time.perf_counter()
        insert(context, tables(rows, people))
        print(f"about {rows:,} rows written in {time.perf_counter() - begun:.0f} s", flush=True)


@contextlib.contextmanager
def watched():
    """Print time and memory of each stage while the block lasts."""
    with contextlib.ExitStack() as stack:
        for owner, name, label in STAGES:
            stack.enter_context(mock.patch.object(owner, name, told(getattr(owner, name), label)))
        yield


def told(work, label):
    """Return the work, with what it took printed at its end."""

    def done(*arguments, **named):
        begun, before, seen = time.perf_counter(), memory_mb("VmRSS"), len(PEAKS)
        look_at_peak()
        result = work(*arguments, **named)
        seconds = time.perf_counter() - begun
        look_at_peak()
        most = max(PEAKS[seen + 1 :])
        print(
            f"{label:40} {seconds:7.1f} s, at most {most:7,} MB (begun with {before:,} MB)",
            flush=True,
        )
        return result

    return done


def extract(folder):
    """Make one extract and print what it took."""
    with open_context(folder / "home") as context:
        with watched():
            taken = timed(lambda: walk(context, REQUEST))
        shown = show_release(context, taken["done"])
    manifest = shown["manifest"]
    facts = {name: manifest[name] for name in ("rows", "protection", "utility")}
    look_at_peak()
    processor, peak = f"processor {taken['cpu_seconds']:.0f} s", f"{max(PEAKS):,} MB"
    print(f"{taken['seconds']:.0f} s ({processor}), {peak}; target: {TARGET}")
    print(json.dumps(facts))


def memory_mb(what):
    """Return a figure of this process's memory, where the system says so."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) >> 10


def look_at_peak():
    """Note the peak until here, and begin to measure it anew."""
    PEAKS.append(memory_mb("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def main():
    """Make a home in a process of its own, then the extract in this one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--folder", type=Path, help="for the home; kept, and used again")
    parser.add_argument("--only-write", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_write:
        make_home(options.folder, options.rows, options.people)
        return
    folder = options.folder or Path(tempfile.mkdtemp(prefix="weir-bench-"))
    try:
        if not (folder / "home").exists():
            sizes = ["--rows", str(options.rows), "--people", str(options.people)]
            command = [sys.executable, __file__, "--only-write", "--folder", str(folder), *sizes]
            subprocess.run(command, check=True)
        extract(folder)
    finally:
        if not options.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
