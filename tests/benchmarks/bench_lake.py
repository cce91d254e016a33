"""Rows a second into the lake, and from the lake to groups and a stream.

    python tests/benchmarks/bench_lake.py [--quick]

Generated cases, six quasi-identifiers, a third as many people as cases.
"""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from figures import Figure, run_as_script
from pyarrow import csv

from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.consent import Terms
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.lookups import Lookup
from gateway.lake.records import Submission
from gateway.lake.selection import Selection
from gateway.lake.vault import Vault
from policies.consent import ConsentRules
from policies.documents import parse_dataset
from policies.ladders import column_ladder
from policies.plans import ColumnPlan, ExtractPlan, Protection

ROWS, QUICK_ROWS = 1_000_000, 2_000
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


def measure(quick):
    """Load, select, group, stream; yield what each took."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory() as folder:
        home = Home.create(Path(folder) / "home", name="B", origin="bench.example", timezone="UTC")
        keys = Keys.create(home)
        lake, vault = Lake.open(home, keys), Vault.create(home, keys)
        file = Path(folder) / "cases.csv"
        write_cases(file, rows)
        given = Submission("sub_1", 1, date(2026, 1, 1), ZoneInfo("UTC"))
        files = DataFiles((file,))
        yield timed("lake: ingest", rows, lambda: ingest(lake, vault, keys, CASES, files, given))[0]
        yield from read(lake, rows)
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
        terms=Terms(ConsentRules.of(CASES), {}),
    )
    figure, _ = timed("lake: select one record for each person", rows, selection.__enter__)
    yield figure
    people = selection.count()
    figure, lookups = timed(
        "lake: distinct values onto ladders",
        people,
        lambda: {name: lookup(selection, name) for name in LADDERS},
    )
    yield figure
    figure, table = timed(
        "lake: weighted distinct table", people, lambda: selection.weighted(lookups)
    )
    yield figure
    what = f"lake: stream {people:,} people, {table.num_rows:,} distinct"
    yield timed(what, people, lambda: [*selection.stream(lookups, ["exploitation"])])[0]
    selection.__exit__()


def timed(what, rows, work):
    """Do some work; return how long it took, and what came of it."""
    begun = time.perf_counter()
    done = work()
    took = time.perf_counter() - begun
    return Figure(what, f"{took:.2f} s ({rows / took:,.0f} rows/s)"), done


def lookup(selection, name):
    """Return a column's codes at its finest level."""
    climb = column_ladder(CASES, name).climb(selection.distinct(name))
    return Lookup(climb.values, climb.rungs[0].codes)


if __name__ == "__main__":
    run_as_script(measure)
