"""How long the search for levels takes, and how it stands beside anjana on the same data.

    python tests/benchmarks/bench_search.py [--quick] [--peer-python PATH]

Adult is read from `../shared/data` (or WEIR_REAL_DATA) and left out where it isn't there. anjana
pins an older numpy, so it runs in an interpreter of its own: `python3 -m venv PEERS` and
`PEERS/bin/pip install anjana==1.2.3`, then `--peer-python PEERS/bin/python`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from figures import Figure, median_and_best, run_as_script, seconds_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from anonymizers.classes import Classes  # noqa: E402 - the folder above comes first
from anonymizers.models import Closeness, Model  # noqa: E402
from anonymizers.promises import ColumnRule, Rules  # noqa: E402
from anonymizers.recoding import recode  # noqa: E402
from anonymizers.recount import recount  # noqa: E402
from anonymizers.search import find_levels  # noqa: E402
from tests.small_tables import ADULT, People, adult, taxonomy  # noqa: E402

ROUNDS = 5
COPIES = 100
PEER = Path(__file__).parent / "peers" / "anjana_adult.py"
WITHOUT = tuple(name for name in ADULT if name != "occupation")
CASES = (
    ("k=5, 2 %", ADULT, (), Model(5, max_suppressed_share=0.02), "<= 0.6 s, loss 0.35748"),
    ("k=5, 5 %", ADULT, (), Model(5, max_suppressed_share=0.05), "loss 0.26963"),
    (
        "k=5, l=3, 2 %",
        WITHOUT,
        ("occupation",),
        Model(5, {"occupation": 3}, 0.02, "all"),
        "loss 0.27756",
    ),
    (
        "k=5, t=0.2, 2 %",
        WITHOUT,
        ("occupation",),
        Model(5, max_suppressed_share=0.02, levels_by="all", t={"occupation": Closeness(0.2)}),
        "loss <= anjana's",
    ),
)


def measure(quick, peer_python=None):
    """Yield the figures of the search."""
    folder = Path(os.environ.get("WEIR_REAL_DATA", ROOT.parent / "shared" / "data"))
    if folder.is_dir():
        for case in CASES:
            yield from on_adult(folder, case, 1 if quick else ROUNDS, peer_python)
        yield from many_adults(folder, 2 if quick else COPIES)
    yield many_people(10_000 if quick else 1_000_000)


def on_adult(folder, case, rounds, peer_python):
    """Search one of the published cases, and let the peer do the first."""
    name, columns, sensitive, model, target = case
    people = replace(adult(folder, columns, sensitive), counted=tuple(model.t))
    found, seconds = searched(people, model, rounds)
    what = f"Adult, {len(columns)} columns, {name}: {said(found)}"
    yield Figure(what, median_and_best(seconds), target)
    if peer_python:
        percent = 100 * model.max_suppressed_share
        close = [("--t", name, str(rule.at_most)) for name, rule in model.t.items()]
        close += [("--l", name, str(least)) for name, least in model.l.items()]
        arguments = [str(PEER), str(folder / "adult"), str(model.k), str(percent), *columns]
        arguments += [word for words in close for word in words]
        printed = subprocess.run([peer_python, *arguments], check=True, capture_output=True)
        peer = json.loads(printed.stdout.splitlines()[-1])
        whole = seconds_of(lambda: replace(people).recoded(model), rounds)
        yield Figure("... with grouping before and recoding after", median_and_best(whole))
        yield Figure(
            f"anjana, from rows to rows: loss {peer['loss']:.5f}, {peer['left_out']} left out"
            + "".join(f", {model}={peer[model]:.3g}" for model in "lt" if model in peer),
            f"{peer['seconds']:.1f} s",
            f">= 15 times the search's, loss >= {found.loss:.5f}",
            f"{peer['seconds'] / np.median(seconds):.0f} times the search, "
            f"{peer['seconds'] / np.median(whole):.0f} times the whole",
        )


def drawn_adults(folder, copies, columns=ADULT):
    """Return a function that makes Adult many times over, ages drawn anew around each person's."""
    once, rng = adult(folder, columns), np.random.default_rng(1)
    values = {
        name: pa.concat_arrays([column.dictionary_encode()] * copies).cast(pa.string())
        for name, column in once.values.items()
    }
    ages = values["age"].cast(pa.int64()).to_numpy()
    ages = np.clip(ages + rng.integers(-20, 21, len(ages)), 17, 90)
    values["age"] = pa.array(ages).cast(pa.string())
    return lambda: People(values, once.ladders, minors=np.zeros(len(ages), dtype=bool))


def many_adults(folder, copies):
    """Search Adult many times over, then the whole way; each time from nothing."""
    people = drawn_adults(folder, copies)
    model = Model(5, max_suppressed_share=0.02)
    begun = time.perf_counter()
    counted = whole(people(), model)
    took = time.perf_counter() - begun
    found, seconds = searched(people(), model, 1)
    table = people().table
    distinct = len(table.people)
    what = (
        f"Adult x{copies}, {table.total:,} people, {distinct:,} distinct, k=5, 2 %: {said(found)}"
    )
    yield Figure(what, median_and_best(seconds), "<= 1.5 s")
    what = f"... from values to a recounted table of {counted.rows:,} rows"
    yield Figure(what, f"{took:.1f} s", "<= 6 s")


def whole(people, model):
    """Code, group, search, recode and recount."""
    found = find_levels(people.table, people.hierarchies, model)
    classes = Classes.build(people.table, people.hierarchies, found.levels, model)
    recoded = recode(people.codes, people.is_minor, people.hierarchies, classes)
    table = pa.table(recoded.columns).filter(pa.array(recoded.kept))
    columns = tuple(ColumnRule(n, people.ladders[n], *people.limit(n)) for n in people.values)
    rules = Rules(model, columns, people.rows, found.suppressed, table.num_rows)
    return recount(table, people.is_minor[recoded.kept], rules)


def many_people(rows):
    """Search generated people who are nearly all different."""
    people = many_people_table(rows)
    found, seconds = searched(people, Model(11, max_suppressed_share=0.05), 1)
    what = f"{len(people.table.people):,} distinct people, 6 columns: {said(found)}"
    return Figure(what, median_and_best(seconds))


def many_people_table(rows):
    """Generate people who are nearly all different: six columns, some very fine."""
    rng = np.random.default_rng(1)
    sizes = {"date": 3650, "age": 120, "place": 900, "origin": 190, "kind": 8, "work": 300}
    return People(
        {name: pa.array(drawn(rng, size, rows)) for name, size in sizes.items()},
        {name: steps(size) for name, size in sizes.items()},
    )


def drawn(rng, size, rows):
    """Draw values, low ones more often."""
    names = np.array([f"v{value}" for value in range(size)])
    return names[np.minimum((rng.beta(1.2, 3, rows) * size).astype(int), size - 1)]


def steps(size):
    """Make a taxonomy whose groups grow sixfold."""
    widths = [6**step for step in range(1, 5) if 6**step < size]
    lines = [
        ";".join([f"v{value}", *(f"{width}:{value // width}" for width in widths)])
        for value in range(size)
    ]
    return taxonomy("/".join(lines))


def searched(people, model, rounds):
    """Search some rounds; return what was found and the seconds."""
    table, hierarchies = people.table, people.hierarchies
    seconds = seconds_of(lambda: find_levels(table, hierarchies, model), rounds)
    return find_levels(table, hierarchies, model), seconds


def said(found):
    """Say what the search found and looked at."""
    return (
        f"{found.checks} of {found.nodes:,} nodes, loss {found.loss:.5f}, "
        f"{found.suppressed:,} left out"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--peer-python")
    own, sys.argv[1:] = parser.parse_known_args()
    run_as_script(lambda quick: measure(quick, own.peer_python))
