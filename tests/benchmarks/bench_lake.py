"""Rows a second into the lake, and from the lake to groups and a stream.

    python tests/benchmarks/bench_lake.py [ROWS]

Generated cases, six quasi-identifiers, a third as many people as cases.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from pyarrow import csv

from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.selection import Lookup, Selection
from gateway.lake.vault import Vault
from policies.documents import parse_dataset
from policies.ladders import column_ladder
from policies.plans import ColumnPlan, ExtractPlan, Protection

CODES = {
    "state": ["CA", "TX", "NY", "FL", "NV"],
    "citizenship": ["US", "MX", "GT", "HN", "PH"],
    "gender": ["female", "male", "other"],
    "contact": ["call", "text", "web", "mail"],
    "exploitation": ["ForcedLabour", "SexualExploitation", "Other"],
    "consent": ["pseudonymized", "anonymized", "aggregate", ""],
}
LADDERS = {
    "reported_on": {"type": "date", "ladder": "date", "bounds": ["2015-01-01", "2026-12-31"]},
    "age": {"type": "integer", "ladder": "age", "bounds": [0, 120]},
    "state": {"type": "string", "ladder": "us-state"},
    "citizenship": {"type": "string", "ladder": "country"},
    "gender": {"type": "string", "codes": CODES["gender"]},
    "contact": {"type": "string", "codes": CODES["contact"]},
}
CASES = parse_dataset(
    {
        "dataset": "cases",
        "privacy_unit": "person_id",
        "record_key": ["case_id"],
        "columns": {
            "case_id": {"type": "string", "role": "direct_identifier", "domain": "case"},
            "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
            **{name: {"role": "quasi_identifier", **more} for name, more in LADDERS.items()},
            "exploitation": {"type": "string", "role": "sensitive", "codes": CODES["exploitation"]},
            "consent": {"type": "string", "role": "consent"},
        },
    }
)
PLAN = ExtractPlan(
    partner="p",
    partner_class="ngo",
    agreement="a",
    agreement_ends="2026-12-31",
    purpose="research",
    dataset="cases",
    dataset_sha256="",
    policy="p",
    policy_sha256="",
    columns=(
        *(ColumnPlan(name, "coarsen", quasi_identifier=True) for name in LADDERS),
        ColumnPlan("exploitation", "keep"),
    ),
    where=(),
    protection=Protection(11, {"exploitation": 2}, 0.05, "k", None),
    consent_needed="anonymized",
    review=0,
    retention_days=365,
    format="csv",
    request={},
)


def write_cases(file, rows):
    """Write generated cases as CSV."""
    random = np.random.default_rng(1)
    days = np.datetime64("2015-01-01") + random.integers(0, 4000, rows)
    numbers = {
        "case_id": np.char.add("case-", np.arange(rows).astype(str)),
        "person_id": np.char.add("person-", random.integers(0, rows * 35 // 100, rows).astype(str)),
        "reported_on": days.astype(str),
        "age": random.integers(0, 90, rows),
    }
    codes = {
        name: np.array(values)[random.integers(0, len(values), rows)]
        for name, values in CODES.items()
    }
    csv.write_csv(pa.table({**numbers, **codes}).select(list(CASES.columns)), file)


@contextmanager
def timed(what, rows):
    """Print how long a block takes."""
    start = time.perf_counter()
    yield
    took = time.perf_counter() - start
    print(f"{what:<24}{took:8.2f} s {rows / took:14,.0f} rows/s")


def main(rows):
    """Load, select, group, stream."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.create(Path(folder) / "home", name="B", origin="bench.example", timezone="UTC")
        keys = Keys.create(home)
        lake, vault = Lake.open(home, keys), Vault.create(home, keys)
        file = Path(folder) / "cases.csv"
        write_cases(file, rows)
        given = Submission("sub_1", 1, date(2026, 1, 1), ZoneInfo("UTC"))
        with timed("ingest", rows):
            ingest(lake, vault, keys, CASES, DataFiles((file,)), given)
        print_peak()
        with timed("from lake to stream", rows):
            read(lake, rows)
        print_peak()
        vault.close()
        lake.close()


def read(lake, rows):
    """Walk the engine's part of an extract."""
    selection = Selection(
        lake,
        CASES,
        PLAN,
        snapshot=lake.dataset_snapshot("cases"),
        today=date(2026, 1, 1),
        contributors={},
    )
    with timed("  select", rows):
        selection.__enter__()
    people = selection.count()
    with timed("  climb", people):
        lookups = {name: lookup(selection, name) for name in LADDERS}
    with timed("  weighted", people):
        table = selection.weighted(lookups)
    with timed("  stream", people):
        streamed = sum(batch.num_rows for batch in selection.stream(lookups, ["exploitation"]))
    print(f"  {people:,} people, {table.num_rows:,} distinct, {streamed:,} streamed")
    selection.__exit__()


def lookup(selection, name):
    """Return a column's codes at its finest level."""
    climb = column_ladder(CASES, name).climb(selection.distinct(name))
    return Lookup(climb.values, climb.rungs[0].codes)


def print_peak():
    """Print the most memory that was resident."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':<24}{peak:8,.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
