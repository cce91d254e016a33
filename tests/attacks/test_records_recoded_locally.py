"""A register against classes that stand on levels of their own.

The attacker holds everybody who is in the file, with exact values, and knows the rule by which
classes are made: who is in a finer class isn't in a coarser one that covers it.
"""

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest

from anonymizers import local
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from anonymizers.standing import WHOLE
from tests.small_tables import People, taxonomy, texts

K, L, ROWS = 7, 2, 1500
MODEL = Model(K, {"kind": L}, 0.05, "all")


@pytest.fixture(scope="module")
def known():
    rng = np.random.default_rng(12)
    return People(
        {
            "age": pa.array(rng.integers(0, 100, ROWS), pa.int64()),
            "town": texts([f"t{n}" for n in (rng.beta(1, 4, ROWS) * 60).astype(int)]),
            "sex": texts([["f", "m"][n] for n in rng.integers(0, 2, ROWS)]),
        },
        {
            "age": build_ladder("age", bounds=[0, 120]),
            "town": taxonomy("/".join(f"t{n};c{n // 5};r{n // 20}" for n in range(60))),
            "sex": build_ladder("codes", codes=["f", "m"]),
        },
        sensitive={"kind": rng.choice(["x", "y", "z"], ROWS, p=[0.8, 0.15, 0.05]).tolist()},
    )


def matches(release):
    """Return for each released person how many rows it can be, and what they say of it."""
    rows = list(zip(*(column.to_pylist() for column in release.table.columns), strict=True))
    sizes = Counter(row[:-1] for row in rows)
    said = defaultdict(set)
    for row in rows:
        said[row[:-1]].add(row[-1])
    return [(sizes[row[:-1]], len(said[row[:-1]])) for row in rows]


def test_nobody_is_found_among_fewer_than_k_rows_or_one_value(known):
    found = matches(known.release_locally(MODEL))
    assert len(found) >= 0.95 * ROWS
    assert min(size for size, _ in found) >= K
    assert min(kinds for _, kinds in found) >= L


def test_what_the_rule_tells_beyond_the_text_is_never_finer_than_the_floor(known):
    """Only combinations of floor forms can be ruled out, each with everybody who has it."""
    classes = known.arrange_locally(MODEL).classes
    numbers = classes.number(known.codes, ROWS)
    combinations = zip(*(codes.tolist() for codes in known.codes.values()), strict=True)
    of = defaultdict(set)
    for combination, number in zip(combinations, numbers.tolist(), strict=True):
        of[combination].add(number)
    assert {len(found) for found in of.values()} == {1}


def test_control_a_sweep_that_is_believed_leaves_people_alone(known, monkeypatch):
    """What remains at the end of a sweep, or never was safe, leaves if nobody judges it."""
    monkeypatch.setattr(local, "standing", lambda classes, *_: np.full(len(classes.people), WHOLE))
    proposed = {name: np.zeros(len(known.table.people), np.int64) for name in known.values}
    classes = local.LocalClasses.build(known.table, known.hierarchies, proposed, MODEL)
    assert classes.people.min() < K


def test_the_same_proposal_judged_leaves_nobody_alone(known):
    proposed = {name: np.zeros(len(known.table.people), np.int64) for name in known.values}
    classes = local.LocalClasses.build(known.table, known.hierarchies, proposed, MODEL)
    assert classes.people[classes.people > 0].min(initial=K) >= K
