"""A home of generated cases that lives through crashes, and the requests a partner makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.client.new_keys import make_key_pair
from gateway.context import open_context
from gateway.demo.cases import write_csv
from gateway.demo.declarations import DATASET, demo_files
from gateway.founding import found_home
from gateway.operations import perform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.context import Context

PURPOSE, OFFICER = "research", "olivia-officer"
CASES, SMALL_LOAD = 1500, 100
POLICY = """
policy: ngo-research
dataset: hotline-cases
classes: [ngo]
purposes: [research]
extract:
  columns:
    person_id: {pseudonymize: {epoch: agreement}}
    age: {coarsen: {from: 5-years}}
    state: {coarsen: {from: us-state}}
    gender: {coarsen: {from: exact}}
    exploitation: keep
  minors: {column: age, below: 18, k: 5}
  protect: {k: 3, max_suppressed: 0.2}
"""
AGREEMENT = """
partner: {partner}
name: A shelter network
class: ngo
jwks_file: shelter.jwks.json
agreements:
  - agreement: {partner}-asks
    dataset: hotline-cases
    policy: ngo-research
    purposes: [research]
    starts: {year}-01-01
    ends: {next_year}-12-31
"""


def make_home(folder: Path, *, partners: int = 1, cases: int = CASES) -> Path:
    """Make a home with generated cases, one policy and partners that share one key."""
    home, today = folder / "home", datetime.now(UTC).date()
    found_home(home, name="Crash test", origin="crash.example/log", timezone="UTC")
    make_key_pair("shelter", folder)
    write_csv(folder / "cases.csv", cases)
    with open_context(home) as context:
        do(context, "dataset.add", text=demo_files(today)[f"{DATASET}.yaml"], folders=[])
        assert not do(context, "policy.apply", text=POLICY)["errors"]
        for number in range(partners):
            names = {"partner": f"shelter-{number}", "year": today.year}
            text = AGREEMENT.format(**names, next_year=today.year + 1)
            do(context, "partner.add", text=text, folder=str(folder))
        load(context, folder / "cases.csv")
    return home


def do(context: Context, operation: str, **params: Any) -> Any:
    """Run an operation as the command line does."""
    return perform(context, operation, params, lambda _text, _share: None)


def load(context: Context, file: Path) -> Any:
    """Load a file of cases."""
    given = {"contributor": "", "mode": "append", "delimiter": ""}
    return do(context, "dataset.load", dataset=DATASET, files=[str(file)], **given)


def requests() -> Iterator[dict[str, Any]]:
    """Yield requests of which each is another view of the data; all of them can be met."""
    choices = [
        ["person_id", "age", "exploitation"],
        ["person_id", "age", "state", "exploitation"],
        ["age", "gender", "exploitation"],
        ["age", "state", "gender"],
    ]
    for first, last, columns in product((0, 5, 10, 15, 20), range(44, 90, 5), choices):
        yield {
            "dataset": DATASET,
            "purpose": PURPOSE,
            "columns": columns,
            "where": [{"column": "age", "from": first, "to": last}],
        }
