"""A home with many generated cases: six quasi-identifiers with a floor, one sensitive column.

The cases are either loaded from Parquet, as an operator would (`load`), or written into the
lake's table directly with generated roots (`fill`), where reading identifiers isn't what is
measured.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from demo_home import PARTNER, PURPOSE, declare

from gateway.client.new_keys import make_key_pair
from gateway.context import open_context
from gateway.founding import found_home
from gateway.lake.tables import LOADS, create_table, table_path
from gateway.loading import Load, load_dataset
from policies.documents import parse_dataset, parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.context import Context

DATASET = "cases"
REQUEST = {"dataset": DATASET, "purpose": PURPOSE, "format": "parquet"}
PART_ROWS = 2_000_000
FIRST_DAY, DAYS = np.datetime64("2015-01-01"), 4000
VALUES = {
    "state": ["CA", "TX", "NY", "FL", "NV", "IL", "PA", "OH", "GA", "NC", "MI", "NJ", "VA", "WA"],
    "citizenship": ["US", "MX", "GT", "HN", "PH", "SV", "CN", "IN", "TH", "RO", "NG", "BR", "CO"],
    "gender": ["female", "male", "other"],
    "contact": ["call", "text", "web", "mail"],
    "exploitation": ["ForcedLabour", "SexualExploitation", "DomesticServitude", "Other"],
}
CASES = {
    "dataset": DATASET,
    "privacy_unit": "person_id",
    "record_key": ["case_id"],
    "consent": "assumed",
    "consent_basis": "generated people",
    "columns": {
        "case_id": {"type": "string", "role": "direct_identifier", "domain": "case"},
        "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
        "reported_on": {
            "type": "date",
            "role": "quasi_identifier",
            "ladder": "date",
            "bounds": ["2015-01-01", "2026-12-31"],
        },
        "age": {
            "type": "integer",
            "role": "quasi_identifier",
            "ladder": "age",
            "bounds": [0, 120],
        },
        "state": {"type": "string", "role": "quasi_identifier", "ladder": "us-state"},
        "citizenship": {"type": "string", "role": "quasi_identifier", "ladder": "country"},
        **{
            name: {"type": "string", "role": "quasi_identifier", "codes": VALUES[name]}
            for name in ("gender", "contact")
        },
        "exploitation": {"type": "string", "role": "sensitive", "codes": VALUES["exploitation"]},
    },
}
POLICY = """
policy: ngo-research
dataset: cases
classes: [ngo]
purposes: [research]
extract:
  columns:
    person_id: {pseudonymize: {epoch: year}}
    reported_on: {coarsen: {from: month}}
    age: {coarsen: {from: 5-years}}
    gender: {coarsen: {}}
    state: {coarsen: {from: us-state}}
    citizenship: {coarsen: {from: country}}
    contact: {coarsen: {}}
    exploitation: keep
  max_records_per_person: 1
  minors: {column: age, below: 18, k: 20}
  protect: {k: 11, l: {exploitation: 2}, max_suppressed: 0.05}
"""


def found(folder: Path, policy_text: str = POLICY) -> None:
    """Found a home and declare everything; the partner's private key lies beside it."""
    found_home(folder / "home", name="Bench", origin="", timezone="UTC")
    make_key_pair(PARTNER, folder)
    with open_context(folder / "home") as context:
        declare(context, folder, parse_dataset(CASES), parse_policy(policy_text))


def write_files(folder: Path, cases: int) -> list[Path]:
    """Write the cases, each of a person of its own, as Parquet files that one load takes."""
    files = []
    for number, part in enumerate(parts(cases)):
        first = number * PART_ROWS
        file = folder / f"cases-{number}.parquet"
        keys = {
            name: pc.binary_join_element_wise(
                f"{name}-", pa.array(np.arange(first, first + part.num_rows)).cast(pa.string()), ""
            )
            for name in ("case_id", "person_id")
        }
        pq.write_table(pa.table({**keys, **dict(_columns(part))}), file)
        files.append(file)
    return files


def load(context: Context, files: list[Path]) -> None:
    """Load the files."""
    load_dataset(context, Load(DATASET, tuple(files)), lambda _text, _share: None)


def fill(context: Context, cases: int, people: int) -> None:
    """Write cases into the lake's table, the records of each person spread over all of it."""
    rng = np.random.default_rng(2)
    everybody = roots(rng, people)

    def tables() -> Iterator[pa.Table]:
        for number, part in enumerate(parts(cases)):
            places = number * PART_ROWS + np.arange(part.num_rows)
            person = everybody.take(pa.array(places % people))
            yield stored(roots(rng, part.num_rows), person, places // people + 1, part)

    insert(context, tables())


def stored(record: pa.Array, person: pa.Array, rank: np.ndarray, columns: pa.Table) -> pa.Table:
    """Return rows as the lake's table has them: provenance, identifiers, values."""
    rows = len(record)
    identifiers = {"case_id": record.cast(pa.binary()), "person_id": person.cast(pa.binary())}
    provenance = {
        "weir_record": identifiers["case_id"],
        "weir_person": identifiers["person_id"],
        "weir_rank": pa.array(rank, pa.int32()),
        "weir_identity": identifiers["person_id"],
        "weir_place": pa.array(rank, pa.int32()),
        "weir_contributor": pa.repeat("", rows),
        "weir_submission": pa.repeat("sub_bench", rows),
        "weir_sequence": pa.repeat(1, rows),
    }
    return pa.table({**provenance, **identifiers, **dict(_columns(columns))})


def insert(context: Context, tables: Iterable[pa.Table]) -> None:
    """Write rows into the lake's table, as if one submission had brought them."""
    with context.lake.writing(), context.lake.cursor() as cursor:
        cursor.execute(create_table(parse_dataset(CASES)))
        for table in tables:
            cursor.register("rows", table)
            cursor.execute(f"INSERT INTO {table_path(DATASET)} BY NAME SELECT * FROM rows")
            cursor.unregister("rows")
        cursor.execute("BEGIN")
        cursor.execute(f"INSERT INTO {LOADS} VALUES ('sub_bench', '{DATASET}', '', 1)")
        cursor.execute(f"CALL lake.set_commit_message('weir', 'load', extra_info => '{DATASET}')")
        cursor.execute("COMMIT")
    with context.vault.opened() as vault:
        vault.settle("sub_bench", DATASET, pa.array([], pa.binary(16)))


def roots(rng: np.random.Generator, count: int) -> pa.Array:
    """Draw roots."""
    drawn = pa.py_buffer(rng.bytes(16 * count))
    return pa.Array.from_buffers(pa.binary(16), count, [None, drawn])


def parts(cases: int) -> Iterator[pa.Table]:
    """Generate the cases: low codes more often, so that some people stand out."""
    for number in range(math.ceil(cases / PART_ROWS)):
        rng = np.random.default_rng([1, number])
        rows = min(PART_ROWS, cases - number * PART_ROWS)
        days = (FIRST_DAY + rng.integers(0, DAYS, rows)).astype("datetime64[D]")
        ages = np.minimum((rng.beta(2, 4, rows) * 91).astype(np.int64), 90)
        codes = {
            name: pa.array(values).take(
                pa.array(
                    np.minimum(rng.beta(1, 4, rows) * len(values), len(values) - 1).astype(int)
                )
            )
            for name, values in VALUES.items()
        }
        yield pa.table({"reported_on": pa.array(days), "age": ages, **codes})


def _columns(part: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    yield from zip(part.column_names, part.columns, strict=True)
