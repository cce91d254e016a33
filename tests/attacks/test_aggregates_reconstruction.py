"""Reconstruction: random subsets of a few people are counted, and their secrets solved for.

Each person has a code of their own, so that a condition can name any subset: as bad a policy as
there is. With 4 n counts, least squares finds nearly every secret where counts are exact, and no
more than guessing finds where they cost what the dataset's budget holds. (Dinur, Nissim 2003.)
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from gateway.errors import RefusedError
from tests.attacks.views import load_csv, rules

PEOPLE, BATCH, BATCHES = 60, 80, 3
CODES = [f"p{number:02}" for number in range(PEOPLE)]
DATASET = f"""
dataset: secrets
title: {{en: Secrets}}
privacy_unit: person_id
consent: assumed
consent_basis: Nobody's
budget: {{epsilon: 4, delta: 1.0e-6}}
columns:
  person_id: {{type: string, role: direct_identifier, domain: person}}
  who:       {{type: string, role: insensitive, codes: [{", ".join(CODES)}]}}
  secret:    {{type: string, role: sensitive, codes: ["yes", "no"]}}
"""
POLICY = """
policy: secrets
dataset: secrets
classes: [ngo]
purposes: [research]
aggregate:
  measures: [count_people]
  group_by: [who, secret]
  max_records_per_person: 1
  budget: {epsilon: 4, delta: 1.0e-7}
"""
GUESSED = 0.85
"""More of 60 secrets, each found with a chance of 58 %, is found less than once in 10^5 times."""


@pytest.fixture
def secret(counted):
    """A home with people who have one secret each; returns it and the secrets."""
    rng = random.Random(17)
    secrets = {code: rng.choice(["yes", "no"]) for code in CODES}
    counted.declare(DATASET)
    counted.apply(POLICY)
    for name in ("harbor", "lantern"):
        counted.partner(name, agreement={"dataset": "secrets", "policy": "secrets"})
    rows = [{"person_id": code, "who": code, "secret": told} for code, told in secrets.items()]
    load_csv(counted, "secrets", rows)
    return counted, np.array([told == "yes" for told in secrets.values()])


def reconstruct(world, batches, **price):
    """Ask for random subsets as long as anything is answered, and solve for who has said yes.

    Returns:
        The guess at each secret, and how many batches were answered.
    """
    rng = random.Random(23)
    subsets, counts = [], []
    for _ in range(batches):
        part = [[rng.random() < 0.5 for _ in CODES] for _ in range(BATCH)]
        queries = [query(subset) for subset in part]
        try:
            told = world.ask_for("harbor", dataset="secrets", queries=queries, **price)
        except RefusedError as refused:
            assert rules(refused.reasons) == ["budget-exhausted"]
            break
        subsets += part
        counts += [one["rows"][0]["count_people"]["value"] for one in told.content["queries"]]
    solved, *_ = np.linalg.lstsq(np.array(subsets, dtype=float), np.array(counts), rcond=None)
    return solved > 0.5, len(subsets) // BATCH


def query(subset):
    named = [code for code, chosen in zip(CODES, subset, strict=True) if chosen]
    return {
        "measures": ["count_people"],
        "where": [{"column": "who", "in": named}, {"column": "secret", "in": ["yes"]}],
    }


@pytest.mark.parametrize("price", [{"epsilon": 3.6}, {"rho": 0.08}])
def test_counts_that_cost_the_whole_budget_leave_guessing(secret, price):
    world, secrets = secret
    found, answered = reconstruct(world, 2 * BATCHES, **price)
    assert answered == BATCHES
    assert (found == secrets).mean() < GUESSED


def test_control_exact_counts_give_every_secret_away(secret, no_noise):
    world, secrets = secret
    found, _ = reconstruct(world, BATCHES, epsilon=1)
    assert (found == secrets).mean() == 1
