"""How long local recoding takes and what it loses, beside anonypy on the same data.

    python tests/benchmarks/bench_local.py [--quick] [--peer-python PATH]

Adult is read from `../shared/data` (or WEIR_REAL_DATA) and left out where it isn't there. anonypy
runs in an interpreter of its own: `PEERS/bin/pip install anonypy==0.2.1 pandas`, then
`--peer-python PEERS/bin/python`. It has no hierarchies, so its loss is of ranges and sets; ours
counts the published hierarchies, as ARX does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench_search import many_people_table
from figures import Figure, median_and_best, run_as_script, seconds_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from anonymizers.arranging import arrange_locally  # noqa: E402 - the folder above comes first
from anonymizers.models import Model  # noqa: E402
from anonymizers.recoding import recode  # noqa: E402
from anonymizers.sweep import MOST_WORK  # noqa: E402
from tests.small_tables import ADULT, adult  # noqa: E402

ROUNDS, QUICK_ROWS = 5, 500
PEER = Path(__file__).parent / "peers" / "anonypy_adult.py"
WITHOUT = tuple(name for name in ADULT if name != "occupation")
MODEL = Model(5, max_suppressed_share=0.02)
CASES = (
    ("k=5, full sweep", ADULT, (), MODEL, MOST_WORK, "<= 1.5 s, loss <= 0.0530 (ARX: 0.0589)"),
    ("k=5, 15 M rows of work", ADULT, (), MODEL, 15_000_000, "<= 0.3 s, loss <= 0.0574"),
    (
        "k=5, l=3, full sweep",
        WITHOUT,
        ("occupation",),
        Model(5, {"occupation": 3}, 0.02, "all"),
        MOST_WORK,
        "",
    ),
)


def measure(quick, peer_python=None):
    """Yield the figures of local recoding."""
    rounds = 1 if quick else ROUNDS
    folder = Path(os.environ.get("WEIR_REAL_DATA", ROOT.parent / "shared" / "data"))
    if folder.is_dir():
        for name, columns, sensitive, model, most_work, target in CASES:
            people = adult(folder, columns, sensitive)
            what = f"Adult, {len(columns)} columns, {name}"
            yield timed(what, people, model, rounds, target, most_work=most_work)
        if peer_python:
            yield from beside_anonypy(folder, peer_python, quick, rounds)
    people = many_people_table(10_000 if quick else 1_000_000)
    yield timed(f"{len(people.table.people):,} distinct people, 6 columns", people, Model(11), 1)


def timed(what, people, model, rounds, target="", **options):
    """Arrange some rounds; return the figure."""
    table, hierarchies = people.table, people.hierarchies
    seconds = seconds_of(lambda: arrange_locally(table, hierarchies, model, **options), rounds)
    found = arrange_locally(table, hierarchies, model, **options)
    said = f"loss {found.loss:.5f}, {found.suppressed:,} left out"
    return Figure(f"{what}: {said}", median_and_best(seconds), target)


def beside_anonypy(folder, peer_python, quick, rounds):
    """Go from rows to rows, grouping and recoding included, and let the peer do the same."""
    people = adult(folder, ADULT)
    seconds = seconds_of(lambda: recoded(replace(people)), rounds)
    yield Figure("... with grouping before and recoding after", median_and_best(seconds))
    rows, ours = QUICK_ROWS if quick else people.rows, np.median(seconds)
    arguments = [str(PEER), str(folder / "adult"), str(MODEL.k), str(rows), *ADULT]
    printed = subprocess.run([peer_python, *arguments], check=True, capture_output=True)
    peer = json.loads(printed.stdout.splitlines()[-1])
    yield Figure(
        f"anonypy, {peer['people']:,} people: loss {peer['loss']:.5f}, of ranges and sets",
        f"{peer['seconds']:.1f} s",
        ">= 40 times ours",
        f"{peer['seconds'] / ours:.0f} times the whole",
    )


def recoded(people):
    """Go the whole way from rows to rows."""
    classes = people.arrange_locally(MODEL).classes
    return recode(people.codes, people.is_minor, people.hierarchies, classes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--peer-python")
    own, sys.argv[1:] = parser.parse_known_args()
    run_as_script(lambda quick: measure(quick, own.peer_python))
