"""What a private group-by costs beside a plain one, and beside peers on the same rows.

    python tests/benchmarks/bench_aggregates.py [--quick] [--peer-python PATH]

1,000,000 records of 315,000 people, 12,500 cells, counts and clipped sums at epsilon 1 each, at
most five records of a person. Ours: counting what was prepared once for the snapshot, noise
included. Plain: DuckDB's group-by over the same rows, from memory, without bounds or noise.
Peers run in an interpreter of their own: `python3 -m venv PEERS`,
`PEERS/bin/pip install "opendp[polars]==0.14.2" smartnoise-sql==1.0.10 duckdb`, then
`--peer-python PEERS/bin/python`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from figures import Figure, median_and_best, run_as_script, seconds_of
from large_home import roots

from anonymizers.noise.samplers import make_sampler
from gateway.aggregates.drawing import draw
from gateway.aggregates.tallying import Tallying
from gateway.context import open_context
from gateway.founding import found_home
from gateway.lake.consent import Product, Terms
from gateway.lake.prepared import Wanted, prepare
from gateway.lake.tables import create_table, table_path
from policies.aggregates.evaluation import evaluate_aggregate
from policies.aggregates.requests import parse_aggregate_request
from policies.consent import ConsentRules, Recipient
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.evaluation import PolicyVersion

ROWS, PEOPLE = 1_000_000, 315_000
RECORDS, MOST = 5, 1000
STATES = [f"state-{number:02}" for number in range(48)]
YEARS = [str(year) for year in range(2016, 2024)]
TYPES = [f"type-of-exploitation-{number:02}" for number in range(23)]
KEYS = {"state": STATES, "year": YEARS, "kind": TYPES}  # and `null` and `other` of each
DATASET = {
    "dataset": "debts",
    "privacy_unit": "person_id",
    "consent": "assumed",
    "consent_basis": "generated people",
    "budget": {"epsilon": 100, "delta": 1e-6},
    "columns": {
        "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
        **{
            name: {"type": "string", "role": "sensitive", "codes": codes}
            for name, codes in KEYS.items()
        },
        "debt": {"type": "integer", "role": "sensitive", "bounds": [0, MOST]},
    },
}
POLICY = {
    "policy": "counts",
    "dataset": "debts",
    "classes": ["ngo"],
    "purposes": ["research"],
    "aggregate": {
        "measures": ["count_people", "count_records", {"sum": "debt"}],
        "group_by": [*KEYS],
        "max_records_per_person": RECORDS,
        "budget": {"epsilon": 100, "delta": 1e-6},
    },
}
# A public key of nobody: its private half was thrown away.
PUBLIC_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "thrown-away",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
PARTNER = {
    "partner": "bench",
    "name": "Bench",
    "class": "ngo",
    "jwks": {"keys": [PUBLIC_KEY]},
    "agreements": [
        {
            "agreement": "asks",
            "dataset": "debts",
            "policy": "counts",
            "purposes": ["research"],
            "starts": "2020-01-01",
            "ends": "2099-12-31",
        }
    ],
}
PEERS = {"opendp (Polars)": "opendp_group_by.py", "SmartNoise SQL": "smartnoise_group_by.py"}


def measure(quick, peer_python=None):
    """Yield the figures: plain, ours, and peers."""
    rows, people, rounds = (20_000, 6_300, 1) if quick else (ROWS, PEOPLE, 7)
    table = generated(rows, people)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as name:
        folder = Path(name)
        found_home(folder / "home", name="Bench", origin="", timezone="UTC")
        with open_context(folder / "home") as context:
            store(context, table)
            yield from beside_plain(context, table, rounds)
        if peer_python:
            pq.write_table(table.drop_columns(["root"]), folder / "debts.parquet")
            yield from beside_peers(folder / "debts.parquet", peer_python, table)


def beside_plain(context, table, rounds):
    """Count and sum, privately and plainly."""
    dataset = parse_dataset(DATASET)
    plain = duckdb.connect(config={"threads": 2})
    plain.register("given", table)
    plain.execute("CREATE TABLE debts AS FROM given")
    wanted = Wanted(
        dataset,
        context.lake.dataset_snapshot("debts"),
        Terms(ConsentRules.of(dataset), {}),
        Product("aggregate", Recipient("ngo", "research", context.clock.today("UTC"))),
        tuple(KEYS),
        ("debt",),
    )
    once = seconds_of(lambda: prepare(context.lake, wanted))
    prepared = prepare(context.lake, wanted)
    what = f"{table.num_rows:,} records"
    yield Figure(f"{what}: preparing a snapshot, once", median_and_best(once))
    sampler = make_sampler("batch", os.urandom)
    for count, counted in (("count_records", "count(*)"), ("count_people", "count(DISTINCT root)")):
        plan = planned(dataset, count)
        query = f"SELECT state, year, kind, {counted}, sum(debt) FROM debts GROUP BY ALL"
        plainly = seconds_of(lambda query=query: plain.execute(query).to_arrow_table(), rounds)

        def privately(plan=plan):
            return draw(Tallying(prepared, dataset, RECORDS, "stored"), plan.components, sampler)

        privately()  # the tables of this noise are made once
        ours = seconds_of(privately, rounds)
        yield Figure(f"{what}: {counted} and sum, plain", median_and_best(plainly))
        yield Figure(
            f"{what}: {count} and clipped sum, private, 12,500 cells",
            median_and_best(ours),
            "<= 1.5 times plain",
            f"{np.median(ours) / np.median(plainly):.2f} of plain",
        )


def beside_peers(file, peer_python, table):
    """Let each peer do the same, and compare errors with ours at equal parameters."""
    plain = duckdb.connect(config={"threads": 2})
    plain.execute(f"CREATE TABLE debts AS FROM '{file}'")
    query = "SELECT state, year, kind, count(*), sum(debt) FROM debts GROUP BY ALL"
    plainly = float(np.median(seconds_of(lambda: plain.execute(query).to_arrow_table(), 3)))
    for name, script in PEERS.items():
        command = [peer_python, str(Path(__file__).parent / "peers" / script), str(file)]
        done = subprocess.run(
            [*command, str(RECORDS), str(MOST)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            yield Figure(f"{name}", "doesn't run here", "", done.stderr.strip().splitlines()[-1])
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        yield Figure(
            f"{name}: count and clipped sum, private",
            f"{told['seconds']:.2f} s",
            "",
            f"{told['seconds'] / plainly:.0f} times plain",
        )
    yield from errors(table.num_rows)


def errors(count):
    """Compare mean absolute errors with opendp's at equal parameters."""
    for what, l1 in (("counts", RECORDS), ("sums", RECORDS * MOST)):
        from anonymizers.noise.mechanisms import DiscreteLaplace

        noise = DiscreteLaplace(Fraction(l1))
        ours, theirs = (
            float(np.abs(make_sampler(name, os.urandom).draw(noise, max(count, 20_000))).mean())
            for name in ("batch", "opendp")
        )
        yield Figure(
            f"mean absolute error of {what}, scale {l1}: ours {ours:.2f}",
            f"opendp {theirs:.2f}",
            "within 2 %",
            f"{ours / theirs:.3f}",
        )


def planned(dataset, count):
    """Return the plan of the question."""
    policy = parse_policy(POLICY)
    body = {
        "dataset": "debts",
        "purpose": "research",
        "measures": [count, {"sum": "debt"}],
        "group_by": [*KEYS],
        "epsilon": 2,
    }
    permit = evaluate_aggregate(
        parse_aggregate_request(body),
        partner=parse_partner(PARTNER),
        dataset=dataset,
        dataset_sha="",
        policies={"counts": PolicyVersion("", policy)},
        today=np.datetime64("2026-01-01").item(),
        suspended=False,
        rho_within=lambda _epsilon, _delta: Fraction(1),
    )
    return permit.plan


def generated(rows, people):
    """Draw records; how many a person has varies from 1 to about 12."""
    rng = np.random.default_rng(5)
    everybody = roots(rng, people)
    person = np.concatenate([np.arange(people), rng.integers(0, people, rows - people)])
    codes = {
        name: pa.array(values).take(pa.array(rng.integers(0, len(values), rows)))
        for name, values in KEYS.items()
    }
    debts = pa.array(np.minimum(rng.exponential(400, rows), 5000).astype(np.int64))
    root = everybody.take(pa.array(person)).cast(pa.binary())
    return pa.table({"person": pa.array(person), "root": root, **codes, "debt": debts})


def store(context, table):
    """Write the records into the lake's table, with ranks in random order within a person."""
    rows = table.num_rows
    person = table["person"].to_numpy()
    order = np.lexsort((np.random.default_rng(6).random(rows), person))
    starts = np.flatnonzero(np.diff(person[order], prepend=-1))
    lengths = np.diff(np.append(starts, rows))
    rank = np.empty(rows, dtype=np.int32)
    rank[order] = np.arange(rows) - np.repeat(starts, lengths) + 1
    records = pa.table(
        {
            "weir_record": roots(np.random.default_rng(7), rows).cast(pa.binary()),
            "weir_person": table["root"],
            "weir_rank": rank,
            "weir_identity": table["root"],
            "weir_place": rank,
            "weir_contributor": pa.repeat("", rows),
            "weir_submission": pa.repeat("sub_bench", rows),
            "weir_sequence": pa.repeat(1, rows),
            "person_id": table["root"],
            **{name: table[name] for name in (*KEYS, "debt")},
        }
    )
    with context.lake.writing(), context.lake.cursor() as cursor:
        cursor.execute(create_table(parse_dataset(DATASET)))
        cursor.register("rows", records)
        cursor.execute("BEGIN")
        cursor.execute(f"INSERT INTO {table_path('debts')} BY NAME SELECT * FROM rows")
        cursor.execute("CALL lake.set_commit_message('weir', 'load', extra_info => 'debts')")
        cursor.execute("COMMIT")
        cursor.unregister("rows")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--peer-python")
    own, sys.argv[1:] = parser.parse_known_args()
    run_as_script(lambda quick: measure(quick, own.peer_python))
