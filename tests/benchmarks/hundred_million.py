"""A hundred million rows of five million people, on one machine: one extract, stage by stage.

    python tests/benchmarks/hundred_million.py [--rows N] [--people N] [--folder DIR]

Not a part of `run.py`: it needs 20 GB of disk and some minutes. The rows are written into the
lake's tables directly, with generated roots, since hashing identifiers isn't what is measured;
everything from the request to the published release is as in a gateway. It prints when each share
of progress was reported, with the memory resident then, and at the end the time and the peak.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from bench_corridor import timed, walk
from large_home import REQUEST, fill, found

from gateway import corridor
from gateway.context import open_context
from gateway.releases import show_release

ROWS, PEOPLE = 100_000_000, 5_000_000
TARGET = "<= 12 minutes, <= 12 GB"


def make_home(folder, rows, people):
    """Found the home and write the rows."""
    found(folder)
    with open_context(folder / "home") as context:
        begun = time.perf_counter()
        fill(context, rows, people)
        print(f"{rows:,} rows written in {time.perf_counter() - begun:.0f} s", flush=True)


def extract(folder):
    """Make one extract and print what it took; the peak is this process's own."""
    with open_context(folder / "home") as context:
        begun, report = time.perf_counter(), corridor.report_progress

        def said(context, extract_id, share):
            took = time.perf_counter() - begun
            print(f"{took:7.1f} s  {share:4.0%}  {resident_mb():,} MB", flush=True)
            report(context, extract_id, share)

        with mock.patch.object(corridor, "report_progress", said):
            taken = timed(lambda: walk(context, REQUEST))
        manifest = show_release(context, taken["done"])["manifest"]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = {"rows": manifest["rows"], "protection": manifest["protection"]}
    print(f"{taken['seconds']:.0f} s (processor {taken['cpu_seconds']:.0f} s), {peak_mb:,.0f} MB")
    print(f"target: {TARGET}")
    print(json.dumps(facts))


def resident_mb():
    """Return the memory that this process has now, where the system says so."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


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
            folder.mkdir(parents=True, exist_ok=True)
            sizes = ["--rows", str(options.rows), "--people", str(options.people)]
            command = [sys.executable, __file__, "--only-write", "--folder", str(folder), *sizes]
            subprocess.run(command, check=True)
        extract(folder)
    finally:
        if not options.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
