"""Contributors' own files into the lake: mapped by a recipe, checked, loaded.

    python tests/benchmarks/bench_submissions.py [--quick]

Generated cases under Spanish headers: days before months before years, commas before decimals,
Spanish words for every code, ages from days of birth; a third as many people as cases.
"""

from __future__ import annotations

import resource
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
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.vault import Vault
from policies.documents import parse_dataset, parse_recipe

ROWS, CASES_OF_TEN_YEARS, QUICK_ROWS = 1_000_000, 35_000, 2_000
WORDS = {
    "gender": {"Mujer": "female", "Hombre": "male", "Otro género": "other"},
    "contact": {"Llamada": "call", "Mensaje": "text", "Página web": "web", "Correo": "mail"},
    "exploitation": {
        "Trabajo forzado": "ForcedLabour",
        "Explotación sexual": "SexualExploitation",
        "Otra": "Other",
    },
    "consent": {"Completo": "pseudonymized", "Anónimo": "anonymized", "Solo totales": "aggregate"},
}
PLACES = {"state": ["CA", "TX", "NY", "FL", "NV"], "citizenship": ["US", "MX", "GT", "HN", "PH"]}
HEADERS = {
    "case_id": "N.º de caso",
    "person_id": "Código de la persona",
    "reported_on": "Fecha del reporte",
    "state": "Estado",
    "citizenship": "Nacionalidad",
    "gender": "Género",
    "contact": "Vía de contacto",
    "exploitation": "Tipo de explotación",
    "debt": "Deuda (USD)",
    "consent": "Consentimiento",
}
QUASI = {
    "reported_on": {"type": "date", "ladder": "date", "bounds": ["2015-01-01", "2026-12-31"]},
    "age": {"type": "integer", "ladder": "age", "bounds": [0, 120]},
    "state": {"type": "string", "ladder": "us-state"},
    "citizenship": {"type": "string", "ladder": "country"},
    "gender": {"type": "string", "codes": [*WORDS["gender"].values()]},
    "contact": {"type": "string", "codes": [*WORDS["contact"].values()]},
}
CASES = parse_dataset(
    {
        "dataset": "cases",
        "privacy_unit": "person_id",
        "record_key": ["case_id"],
        "columns": {
            "case_id": {"type": "string", "role": "direct_identifier", "domain": "case"},
            "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
            **{name: {"role": "quasi_identifier", **more} for name, more in QUASI.items()},
            "exploitation": {
                "type": "string",
                "role": "sensitive",
                "codes": [*WORDS["exploitation"].values()],
            },
            "debt": {"type": "decimal", "role": "sensitive", "scale": 2, "bounds": [0, 100_000]},
            "consent": {"type": "string", "role": "consent"},
        },
    }
)
RECIPE = parse_recipe(
    {
        "recipe": "casos",
        "dataset": "cases",
        "file": {
            "language": "es",
            "dates": "day-month-year",
            "numbers": "comma",
            "missing": ["N/D", "-99", "no consta"],
        },
        "columns": {
            **{
                name: {"from": header, "codes": WORDS.get(name, {})}
                for name, header in HEADERS.items()
            },
            "age": {"age": {"birth": "Fecha de nacimiento", "on": "Fecha del reporte"}},
        },
    }
)


def write_cases(file, rows):
    """Write generated cases as a Spanish export, separated by semicolons."""
    random = np.random.default_rng(1)
    reported = np.datetime64("2015-01-01") + random.integers(0, 4000, rows)
    born = reported - random.integers(1_000, 25_000, rows)
    cents = random.integers(0, 2_000_000, rows)
    columns = {
        "case_id": np.char.add("caso-", np.arange(rows).astype(str)),
        "person_id": np.char.add("pers-", random.integers(0, rows * 35 // 100, rows).astype(str)),
        "reported_on": day_first(reported),
        "state": drawn(random, PLACES["state"], rows),
        "citizenship": drawn(random, PLACES["citizenship"], rows),
        **{name: drawn(random, [*words, "N/D"], rows) for name, words in WORDS.items()},
        "debt": [f"{cent // 100:,}".replace(",", ".") + f",{cent % 100:02d}" for cent in cents],
    }
    table = pa.table(
        {
            **{HEADERS[name]: columns[name] for name in HEADERS},
            "Fecha de nacimiento": day_first(born),
            "Observaciones": np.full(rows, "sin novedad"),
        }
    )
    csv.write_csv(table, file, csv.WriteOptions(delimiter=";"))


def drawn(random, words, rows):
    """Draw one of the words for each row."""
    return np.array(words)[random.integers(0, len(words), rows)]


def day_first(days):
    """Return days as 05/03/2024."""
    parts = np.char.partition(days.astype(str), "-")
    months = np.char.partition(parts[:, 2], "-")
    return np.char.add(
        np.char.add(np.char.add(months[:, 2], "/"), np.char.add(months[:, 0], "/")), parts[:, 0]
    )


def measure(quick):
    """Load ten years of cases, then a million rows, each into a home of its own."""
    for rows, target in ((CASES_OF_TEN_YEARS, "3 s"), (ROWS, "30 s, 2 GB")):
        yield loaded(QUICK_ROWS if quick else rows, target)


def loaded(rows, target):
    """Map, check and load generated cases; return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.create(Path(folder) / "home", name="B", origin="bench.example", timezone="UTC")
        keys = Keys.create(home)
        lake, vault = Lake.open(home, keys), Vault.create(home, keys)
        file = Path(folder) / "casos.csv"
        write_cases(file, rows)
        given = Submission("sub_1", 1, date(2026, 1, 1), ZoneInfo("UTC"))
        begun, busy = time.perf_counter(), time.process_time()
        report = ingest(lake, vault, keys, CASES, DataFiles((file,), recipe=RECIPE), given)
        took, busy = time.perf_counter() - begun, time.process_time() - busy
        vault.close()
        lake.close()
    if (report.accepted, report.warnings, report.unmapped) != (rows, (), ()):
        raise RuntimeError(f"{report.accepted:,} of {rows:,} rows came in: {report.warnings}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    said = f"{took:.1f} s ({busy:.1f} s of processor, {rows / took:,.0f} rows/s, {peak:.1f} GB)"
    return Figure(f"submissions: {rows:,} rows mapped and loaded", said, target)


if __name__ == "__main__":
    run_as_script(measure)
