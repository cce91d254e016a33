"""How long k, l and t of a file take, and how it stands beside pycanon on the same file.

    python tests/benchmarks/bench_measure.py [--quick] [--peer-python PATH]

Generated rows: five quasi-identifiers, one sensitive column. pycanon runs in an interpreter of its
own: `python3 -m venv PEERS`, `PEERS/bin/pip install pycanon==1.3.5 anjana==1.2.3`, then
`--peer-python PEERS/bin/python`. It looks at every class by itself, so it is measured on a tenth
of the rows as well, where its own size matters less.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from figures import Figure, median_and_best, run_as_script, seconds_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from anonymizers.measures.closeness import measure_t  # noqa: E402 - the folder above comes first
from anonymizers.measures.coded import code  # noqa: E402
from anonymizers.measures.diversity import measure_l  # noqa: E402
from anonymizers.measures.holdings import each_value, everything  # noqa: E402
from anonymizers.measures.partitions import partition_rows  # noqa: E402
from gateway.measuring.files import read_cells  # noqa: E402
from gateway.measuring.measures import measure_file  # noqa: E402
from gateway.measuring.questions import Question  # noqa: E402

ROUNDS = 3
PEER = Path(__file__).parent / "peers" / "pycanon_measure.py"
SIZES = {"year": 10, "age": 9, "gender": 3, "origin": 20, "place": 12}
SENSITIVE = "exploitation"
KINDS = 6


def measure(quick, peer_python=None):
    """Yield the figures of measuring."""
    for rows in (5_000, 20_000) if quick else (100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "cases.csv"
            pa_csv.write_csv(generated(rows), file)
            yield from on_file(file, rows, 1 if quick else ROUNDS, peer_python)


def on_file(file, rows, rounds, peer_python):
    """Measure one file, and let the peer do the same."""
    question = Question(file, tuple(SIZES), (SENSITIVE,))
    table = read_cells(file, question.columns).table
    found = k_l_t(table)
    seconds = seconds_of(lambda: k_l_t(table), rounds)
    whole = seconds_of(lambda: k_l_t(read_cells(file, question.columns).table), rounds)
    report = seconds_of(lambda: measure_file(question), rounds)
    said = f"k={found[0]}, l={found[1]}, t={found[2]:.4f}"
    what = f"{rows:,} rows x 6 columns: {said}, from rows in memory"
    yield Figure(what, median_and_best(seconds), "<= 2 s" if rows == 1_000_000 else "")
    yield Figure("... with reading the CSV file", median_and_best(whole))
    yield Figure("... and everything else that `weir measure` reports", median_and_best(report))
    if peer_python:
        command = [peer_python, str(PEER), str(file), SENSITIVE, *SIZES]
        printed = subprocess.run(command, check=True, capture_output=True)
        peer = json.loads(printed.stdout.splitlines()[-1])
        same = "the same" if agrees(peer, found) else f"k={peer['k']}, l={peer['l']}, t={peer['t']}"
        yield Figure(
            f"pycanon, {rows:,} rows: {same}",
            f"{peer['measure']:.1f} s, reading {peer['read']:.1f} s",
            "",
            f"{peer['measure'] / np.median(seconds):.0f} times",
        )


def k_l_t(table):
    """Measure k, distinct l and t with the equal distance."""
    partition = partition_rows([code(table[name]) for name in SIZES], table.num_rows)
    sensitive, person = code(table[SENSITIVE]), np.arange(table.num_rows)
    least = measure_l(each_value(partition, sensitive, person), partition.sizes)
    return partition.k, least.distinct, measure_t(everything(partition, sensitive, person))


def agrees(peer, found):
    """Say whether the peer found the same."""
    k, least, t = found
    return (peer["k"], peer["l"]) == (k, least) and abs(peer["t"] - t) < 1e-9


def generated(rows):
    """Draw rows whose values are uneven; the sensitive one leans on the place."""
    rng = np.random.default_rng(1)
    columns = {
        name: np.minimum((rng.beta(1.2, 2.5, rows) * size).astype(int), size - 1)
        for name, size in SIZES.items()
    }
    columns[SENSITIVE] = (columns["place"] + rng.integers(0, 4, rows)) % KINDS
    names = {name: np.array([f"{name}{n}" for n in range(50)]) for name in columns}
    return pa.table({name: pa.array(names[name][codes]) for name, codes in columns.items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--peer-python")
    own, sys.argv[1:] = parser.parse_known_args()
    run_as_script(lambda quick: measure(quick, own.peer_python))
