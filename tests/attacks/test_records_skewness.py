"""A class can be diverse and still tell: its values are spread unlike everybody's, or are near.

Skewness: one in a hundred has it in the whole, half of a class do; two distinct values don't mind.
Similarity: all values of a class are distinct, and all of them are low (Li et al., ICDE 2007).
t bounds what a class adds to what is known of everybody; entropy and (c,l) bound a ruling value.
"""

import numpy as np
import pytest

from anonymizers.models import Closeness, Model, Recursive
from tests.small_tables import People, taxonomy, texts

TOWNS = 40


def people_with(secret_of):
    rng = np.random.default_rng(8)
    town = rng.integers(0, TOWNS, 2000)
    return People(
        {"town": texts([f"t{n}" for n in town])},
        {"town": taxonomy("/".join(f"t{n};c{n // 4};r{n // 20}" for n in range(TOWNS)))},
        sensitive={"kind": [secret_of(rng, n) for n in town.tolist()]},
        counted=("kind",),
    )


@pytest.fixture(scope="module")
def skewed():
    """In four towns half of the people are ill, elsewhere one in fifty."""
    return people_with(lambda rng, n: "ill" if rng.random() < (0.5 if n < 4 else 0.02) else "well")


@pytest.fixture(scope="module")
def alike():
    """Debts from 0 to 9; in each town three that lie side by side."""
    return people_with(lambda rng, n: str((n % 3) * 3 + int(rng.integers(0, 3))))


def shares(release, value):
    """The share of a value in each class that was released."""
    seen = {}
    for town, kind in zip(
        *(release.table[name].to_pylist() for name in ("town", "kind")), strict=True
    ):
        seen.setdefault(town, []).append(kind == value)
    return [np.mean(found) for found in seen.values()]


@pytest.mark.parametrize("levels_by", ["k", "all"])
def test_no_class_tells_more_than_t(skewed, levels_by):
    release = skewed.release(
        Model(3, max_suppressed_share=0.2, levels_by=levels_by, t={"kind": Closeness(0.1)})
    )
    everybody = np.mean([kind == "ill" for kind in skewed.sensitive["kind"]])
    assert release.table.num_rows > 0
    assert max(shares(release, "ill")) <= everybody + 0.1 + 1e-9
    assert release.recount().farthest_t["kind"] <= 0.1 + 1e-9


def test_control_two_distinct_values_tell_it(skewed):
    release = skewed.release(Model(3, {"kind": 2}, 0.2))
    everybody = np.mean([kind == "ill" for kind in skewed.sensitive["kind"]])
    assert max(shares(release, "ill")) > everybody + 0.3


def means(release):
    seen = {}
    for town, kind in zip(
        *(release.table[name].to_pylist() for name in ("town", "kind")), strict=True
    ):
        seen.setdefault(town, []).append(int(kind))
    return [np.mean(found) for found in seen.values()]


def test_no_class_has_only_low_debts(alike):
    rule = {"kind": Closeness(0.15, "ordered")}
    release = alike.release(Model(3, max_suppressed_share=0.2, levels_by="all", t=rule))
    whole = np.mean([int(kind) for kind in alike.sensitive["kind"]])
    assert max(abs(mean - whole) for mean in means(release)) <= 0.15 * 8 + 1e-9


def test_control_three_distinct_values_are_all_low(alike):
    release = alike.release(Model(3, {"kind": 3}, 0.2))
    whole = np.mean([int(kind) for kind in alike.sensitive["kind"]])
    assert max(abs(mean - whole) for mean in means(release)) > 2.5


@pytest.mark.parametrize(
    "rules", [{"entropy": {"kind": 1.3}}, {"recursive": {"kind": Recursive(9, 2)}}]
)
def test_no_value_rules_a_class(skewed, rules):
    """Whoever guesses the commonest value is wrong at least now and then."""
    release = skewed.release(Model(3, max_suppressed_share=0.2, **rules))
    assert release.table.num_rows > 0
    assert max(shares(release, "well")) < 0.95


def test_control_a_value_rules_where_two_are_enough(skewed):
    assert max(shares(skewed.release(Model(3, {"kind": 2}, 0.2)), "well")) > 0.95
