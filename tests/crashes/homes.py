"""A home of generated cases that lives through crashes, and the requests a partner makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from gateway.client.new_keys import make_key_pair
from gateway.context import open_context
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.demo.cases import write_csv
from gateway.founding import found_home
from gateway.loading import Load, load_dataset
from policies.documents import parse_dataset, parse_partner, parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.context import Context

DATASET, PURPOSE, OFFICER = "hotline-cases", "research", "olivia-officer"
CASES = 1500
DECLARATION = """
dataset: hotline-cases
privacy_unit: person_id
record_key: [case_id]
columns:
  case_id: {type: string, role: direct_identifier, domain: case}
  person_id: {type: string, role: direct_identifier, domain: person}
  phone: {type: string, role: direct_identifier, domain: phone, normalize: e164, region: US}
  age: {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  state: {type: string, role: quasi_identifier, ladder: us-state}
  gender:
    type: string
    role: quasi_identifier
    ladder: codes
    codes: [Feminine, Masculine, NonConforming]
  exploitation:
    type: string
    role: sensitive
    codes: [ForcedLabour, SexualExploitation, ForcedMarriage, Servitude, ForcedBegging, Other]
  narrative: {type: string, role: free_text}
  consent: {type: string, role: consent}
  consent_ends: {type: date, role: consent_end}
  funding: {type: string, role: funding}
  share_with: {type: string, role: share_with}
  share_for: {type: string, role: share_for}
"""
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
        declare_dataset(context, parse_dataset(DECLARATION))
        apply_policy(context, parse_policy(POLICY))
        for number in range(partners):
            names = {"partner": f"shelter-{number}", "year": today.year}
            text = AGREEMENT.format(**names, next_year=today.year + 1)
            read = (folder / "shelter.jwks.json").read_text
            add_partner(context, parse_partner(text, lambda _name, read=read: read()))
        load(context, folder / "cases.csv")
    return home


def load(context: Context, file: Path) -> dict[str, Any]:
    """Load a file of cases as the operator does."""
    return load_dataset(context, Load(DATASET, (file,)), lambda _text, _share: None)


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
