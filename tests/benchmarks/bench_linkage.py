"""A hundred thousand people against a million: time, and how many pairs are found and are right.

    python tests/benchmarks/bench_linkage.py [--quick]

Generated people with typos, swapped names and missing parts (`tests/dirty_people.py`), whose
truth is known; identifiers as text, as they are read of the vault.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, run_as_script

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.linkage.matching import Matching, find_likely
from policies.documents import ProbabilisticLinkage
from tests.dirty_people import BORN, FIRST, LAST, PHONE, two_sources

SIZES, QUICK_SIZES = (1_000_000, 100_000, 60_000), (2_000, 400, 200)
LINKAGE = ProbabilisticLinkage.model_validate(
    {
        "compare": [
            {"column": FIRST, "as": "name"},
            {"column": LAST, "as": "name"},
            {"column": BORN, "as": "date"},
            {"column": PHONE, "as": "phone"},
        ],
        "block_on": [[BORN], [PHONE], [FIRST, LAST]],
        "review": 0.8,
    }
)


def measure(quick):
    """Compare everybody with everybody else; yield time, precision and recall."""
    size, others, shared = QUICK_SIZES if quick else SIZES
    table, truth = two_sources(size, others, shared)
    begun, worked = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        found = find_likely(Matching(LINKAGE, table), Path(folder) / "spill").to_pylist()
    took, work = time.perf_counter() - begun, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    what = f"linkage: {others:,} people against {size:,}"
    measured = f"{took:.0f} s ({work:.0f} s of processors, {memory:.1f} GiB)"
    yield Figure(what, measured, "<= 300 s")
    for least in (LINKAGE.review, LINKAGE.match):
        pairs = {
            (min(row["one"], row["other"]), max(row["one"], row["other"]))
            for row in found
            if row["probability"] >= least
        }
        right = len(pairs & truth)
        precision, recall = right / max(len(pairs), 1), right / len(truth)
        yield Figure(
            f"linkage: precision and recall from {least:g} on",
            f"{precision:.4f}, {recall:.3f}",
            ">= 0.99, >= 0.90",
        )


if __name__ == "__main__":
    run_as_script(measure)
