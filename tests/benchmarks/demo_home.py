"""A home with the demo's dataset, one policy and one partner, as the benchmarks need it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from gateway.client.new_keys import make_key_pair
from gateway.context import open_context
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.demo.declarations import demo_files
from gateway.founding import found_home
from gateway.loading import Load, load_dataset
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.lint import lint, lint_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.context import Context
    from policies.documents import DatasetDocument, PolicyDocument

DATASET, PARTNER, PURPOSE = "hotline-cases", "harbor-network", "research"
TERM = {"starts": "2020-01-01", "ends": "2099-12-31"}
POLICY = """
policy: ngo-research
dataset: hotline-cases
classes: [ngo]
purposes: [service-planning, research]
extract:
  columns:
    person_id: {pseudonymize: {epoch: year}}
    reported_on: {coarsen: {from: month}}
    age: {coarsen: {from: 5-years}}
    gender: {coarsen: {}}
    state: {coarsen: {from: us-state}}
    citizenship: {coarsen: {from: country}}
    language: {coarsen: {}}
    exploitation: keep
  minors: {column: age, below: 18, k: 20}
  protect: {k: 11, l: {exploitation: 2}, max_suppressed: 0.05}
"""
CONSENT_ROLES = ("consent", "consent_end", "funding", "share_with", "share_for")


def found(folder: Path, *, everybody: bool) -> None:
    """Found a home and declare everything; the partner's private key lies beside it.

    Args:
        folder: gets `home` and the keys.
        everybody: each case is a person of its own who allowed everything, which is the most
            work that a number of cases can make; otherwise as in the demo.
    """
    found_home(folder / "home", name="Bench", origin="", timezone="UTC")
    make_key_pair(PARTNER, folder)
    with open_context(folder / "home") as context:
        files = demo_files(context.clock.today("UTC"))
        described, asked = yaml.safe_load(files[f"{DATASET}.yaml"]), POLICY
        if everybody:  # the token is of what is a person there: the case
            described, asked = _of_everybody(described), POLICY.replace("person_id:", "case_id:")
        dataset, policy = parse_dataset(described, files.__getitem__), parse_policy(asked)
        declare(context, folder, dataset, policy)


def declare(
    context: Context, folder: Path, dataset: DatasetDocument, policy: PolicyDocument
) -> None:
    """Declare a dataset, a policy and a partner that asks under it.

    Args:
        context: the open home.
        folder: has the partner's keys.
        dataset: has to be clean, as the policy has.
        policy: is for NGOs that do research.
    """
    assert not (*lint_dataset(dataset).errors, *lint(policy, dataset).errors)
    asks = {"agreement": "asks", "dataset": dataset.dataset, "policy": policy.policy}
    partner = {
        "partner": PARTNER,
        "name": "Bench",
        "class": "ngo",
        "jwks": json.loads((folder / f"{PARTNER}.jwks.json").read_text()),
        "agreements": [{**asks, "purposes": [PURPOSE], **TERM}],
    }
    declare_dataset(context, dataset)
    apply_policy(context, policy)
    add_partner(context, parse_partner(partner))


def _of_everybody(dataset: dict) -> dict:
    columns = {
        name: column
        for name, column in dataset["columns"].items()
        if column["role"] not in CONSENT_ROLES
    }
    assumed = {"consent": "assumed", "consent_basis": "generated people", "privacy_unit": "row"}
    unused = {"consent_default", "consent_after_end"}
    kept = {key: value for key, value in dataset.items() if key not in unused}
    return {**kept, **assumed, "columns": columns}


def load_cases(context: Context, file: Path) -> None:
    """Load the data file."""
    load_dataset(context, Load(DATASET, (file,)), lambda _text, _share: None)
