"""The loss in a manifest, solved with the file at hand for the class that l left out.

The search's loss counts people whom l leaves out as kept. The file, the ladders and that loss
together are an equation in how many they were and how wide their forms are. So it is rounded
wherever l comes after the search. The control shows it exact.
"""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from anonymizers.models import Model
from gateway.release_measures import loss_figures, percent_up
from policies.plans import Protection
from tests.small_tables import People, taxonomy, texts

REGIONS = taxonomy(
    "a;north/b;north/c;north/d;north/e;north/f;south/g;south/h;south/i;west/j;west/k;east"
)
LEVEL, MOST = "level-1", 0.05
LEAVES = {"north": 5, "south": 3, "west": 2, "east": 1}


@pytest.fixture(scope="module")
def released():
    """Nobody lives in the west; men of the east all have one secret, and are left out for it."""
    rng = np.random.default_rng(7)
    places = ["abcdefghk"[place] for place in rng.integers(0, 9, 1783)]
    sexes = ["fm"[sex] for sex in rng.integers(0, 2, 1783)]
    kinds = ["xyz"[kind] for kind in rng.integers(0, 3, 1783)]
    lonely = [place == "k" and sex == "m" for place, sex in zip(places, sexes, strict=True)]
    people = People(
        {"place": texts(places), "sex": texts(sexes)},
        {"place": REGIONS, "sex": taxonomy("f/m")},
        sensitive={"kind": ["x" if alone else k for alone, k in zip(lonely, kinds, strict=True)]},
        limits={"place": (LEVEL, LEVEL), "sex": ("exact", "exact")},
    )
    model = Model(5, {"kind": 2}, MOST)
    rows = people.release(model).table.select(["place", "sex"]).to_pylist()
    return SimpleNamespace(found=people.find(model), rows=rows, people=people.rows)


def solve(rows, shown, figure):
    """Return every absent class that explains the figure, by how many people it may have had."""
    kept = sum(LEAVES[row["place"]] - 1 for row in rows)
    there = {(row["place"], row["sex"]) for row in rows}
    return {
        (place, sex, lost)
        for (place, sex), lost in product(product(LEAVES, "fm"), range(5, len(rows) // 5))
        if (place, sex) not in there
        and figure((kept + lost * (LEAVES[place] - 1)) / 10 / (len(rows) + lost)) == shown
    }


def figures(released):
    """Return what a manifest says of a policy that chooses levels by k."""
    protection = Protection(5, {"kind": 2}, MOST, "k", None)
    return loss_figures(released.found, protection)["loss_by_column"]["place"]


def test_rounded_the_loss_fits_many_classes(released):
    fitting = solve(released.rows, figures(released), percent_up)
    assert {(place, sex) for place, sex, _ in fitting} == {
        ("west", "f"),
        ("west", "m"),
        ("east", "m"),
    }
    assert len(fitting) > 50


def test_control_exact_it_names_the_class_and_its_people(released):
    exact = released.found.loss_by_column["place"]
    lost = released.people - len(released.rows)
    assert solve(released.rows, exact, float) == {("east", "m", lost)}


def test_where_nobody_is_left_out_afterwards_it_is_exact(released):
    found = released.found
    by_all = Protection(5, {"kind": 2}, MOST, "all", None)
    by_k_alone = Protection(5, {}, MOST, "k", None)
    for protection in (by_all, by_k_alone):
        assert loss_figures(found, protection)["loss"] == found.loss
