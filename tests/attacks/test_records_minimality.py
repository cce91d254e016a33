"""Levels that were chosen with an eye on secrets tell about secrets.

A recipient who knows the rules asks: why so coarse? Under `levels_by: all` the answer can be
"because on finer levels a class would have shared one secret" (Wong et al., "Minimality attack in
privacy preserving data publishing", VLDB 2007). So by default no secret has a part in the choice:
permuting the secrets never changes the levels.
"""

import numpy as np
import pytest

from anonymizers.models import Model
from anonymizers.search import NothingSafeError
from tests.small_tables import People, taxonomy, texts

ROWS = 60
PERMUTATIONS = 30


@pytest.fixture(scope="module")
def chosen():
    """Return a function: the levels found for each of many permutations of the secrets."""
    rng = np.random.default_rng(6)
    values = {
        "town": texts([f"t{n}" for n in rng.integers(0, 8, ROWS)]),
        "sex": texts([["f", "m"][n] for n in rng.integers(0, 2, ROWS)]),
    }
    ladders = {
        "town": taxonomy("/".join(f"t{n};c{n // 2};r{n // 4}" for n in range(8))),
        "sex": taxonomy("f/m"),
    }
    secrets = np.array(["x"] * 50 + ["y"] * 10)

    def levels(model):
        found = set()
        for _ in range(PERMUTATIONS):
            people = People(values, ladders, sensitive={"kind": rng.permutation(secrets).tolist()})
            try:
                found.add(tuple(people.find(model).levels.values()))
            except NothingSafeError:
                found.add(())
        return found

    return levels


def test_levels_do_not_change_when_secrets_are_permuted(chosen):
    assert len(chosen(Model(3, {"kind": 2}, 0.05, "k"))) == 1


def test_control_levels_by_all_follow_the_secrets(chosen):
    assert len(chosen(Model(3, {"kind": 2}, 0.05, "all"))) > 1
