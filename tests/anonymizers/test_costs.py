import numpy as np
import pytest

from anonymizers.costs import Costs
from anonymizers.losses import factors
from tests.small_tables import People, taxonomy, texts

TOWNS, KINDS = taxonomy("a1;a/a2;a/b1;b/b2;b"), taxonomy("x/y")
PEOPLE = People(
    {"town": texts(["a1", "a1", "a2", "b1"]), "kind": texts(["x", "x", "x", "y"])},
    {"town": TOWNS, "kind": KINDS},
)


def costs(scale=()):
    table, hierarchies = PEOPLE.table, PEOPLE.hierarchies
    ladders = [hierarchies[name] for name in table.columns]
    return Costs.of(ladders, table.codes, table.people, scale)


def test_with_nobody_left_out_a_level_costs_the_same_wherever_it_stands():
    plain, nobody = costs().plain(), np.zeros(len(PEOPLE.table.people), np.int64)
    for node in np.ndindex(*(len(losses) for losses in plain)):
        alone = tuple(float(losses[level]) for losses, level in zip(plain, node, strict=True))
        assert costs().losses(node, PEOPLE.table.codes, nobody) == alone


def test_whoever_is_left_out_costs_every_cell_whole():
    missing = np.where(PEOPLE.table.people == 1, 1, 0)  # the one of a2, and the one of b1
    assert costs().losses((0, 0), PEOPLE.table.codes, missing) == (2 / 4, 2 / 4)
    everybody = costs().losses((0, 0), PEOPLE.table.codes, PEOPLE.table.people)
    assert everybody == (1.0, 1.0)


def test_factors_scale_losses_and_are_taken_off_again():
    scaled = costs(factors(("town", "kind"), {"town": 3}))
    missing = np.where(PEOPLE.table.people == 1, 1, 0)
    losses = scaled.losses((0, 0), PEOPLE.table.codes, missing)
    assert losses == pytest.approx((0.75, 0.25))
    assert scaled.unscaled(losses) == pytest.approx((0.5, 0.5))
