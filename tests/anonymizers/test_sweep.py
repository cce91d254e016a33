import numpy as np
import pytest

from anonymizers import sweep
from anonymizers.checks import Checks
from anonymizers.lattice import Lattice
from anonymizers.models import Model
from anonymizers.sweep import MOST_VISITS, Sweep, nodes_to_visit
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
KINDS = taxonomy("f/m")


def towns(*values, kinds=None):
    columns = {"town": texts(values)}
    if kinds is not None:
        columns["kind"] = texts(kinds)
    return People(columns, {"town": TOWNS, "kind": KINDS})


def lattice_of(people, model):
    ladders = [people.hierarchies[name] for name in people.table.columns]
    return ladders, Lattice(Checks(people.table, ladders, model).plain_losses())


def swept(people, model, most_visits=MOST_VISITS):
    """Return the levels on which each person was taken."""
    ladders, lattice = lattice_of(people, model)
    walk = Sweep(people.table, ladders, model, lattice)
    walk.run(nodes_to_visit(lattice, len(people.table.people), most_visits))
    levels = np.unravel_index(walk.node_of_row, lattice.plain.shape)
    rows = list(zip(*(codes.tolist() for codes in people.table.codes), strict=True))
    taken = dict(zip(rows, zip(*(level.tolist() for level in levels), strict=True), strict=True))
    return [taken[row] for row in zip(*(c.tolist() for c in people.codes.values()), strict=True)]


def test_each_class_is_taken_on_the_finest_levels_that_protect_it():
    people = towns("a1", "a1", "a2", "b1", "b1", "b2", "b2", "a2", "a1")
    assert swept(people, Model(2)) == [(0,)] * 9
    assert swept(towns("a1", "a1", "a2", "b1", "b2"), Model(2)) == [(0,), (0,), (2,), (1,), (1,)]


def test_what_was_taken_protects_nobody_who_comes_later():
    """`a2` alone isn't safe by the two of `a1`, who have gone."""
    assert swept(towns("a1", "a1", "a2"), Model(2)) == [(0,), (0,), (2,)]


def test_a_class_is_taken_only_where_everybody_in_it_may_stay():
    people = People(
        {"town": texts(["a1", "a1", "a1", "a2"])},
        {"town": TOWNS},
        sensitive={"kind": ["s", "s", "s", "t"]},
        minors=[True, False, False, False],
    )
    assert swept(people, Model(2, {"kind": 2}, levels_by="all")) == [(1,)] * 4
    assert swept(people, Model(2, k_minors=4)) == [(1,)] * 4
    assert swept(people, Model(2, k_minors=3)) == [(0,), (0,), (0,), (2,)]


def test_a_full_sweep_visits_every_node_by_rising_loss_and_the_top_last():
    people = towns("a1", "a2", "b1", "b2", kinds=["f", "m", "f", "m"])
    _, lattice = lattice_of(people, Model(2))
    nodes = nodes_to_visit(lattice, 4, MOST_VISITS)
    assert sorted(nodes.tolist()) == list(range(lattice.plain.size))
    losses = lattice.plain.reshape(-1)[nodes]
    assert (np.diff(losses) >= 0).all()
    assert nodes[-1] == lattice.plain.size - 1


@pytest.mark.parametrize(("most_visits", "expected"), [(24, 6), (12, 4), (1, 3)])
def test_where_there_are_too_many_the_finest_are_visited_and_every_so_manyth(
    monkeypatch, most_visits, expected
):
    monkeypatch.setattr(sweep, "FINEST", 2)
    people = towns("a1", "a2", "b1", "b2", kinds=["f", "m", "f", "m"])
    _, lattice = lattice_of(people, Model(2))
    nodes = nodes_to_visit(lattice, 4, most_visits).tolist()
    full = nodes_to_visit(lattice, 4, MOST_VISITS).tolist()
    assert len(set(nodes)) == len(nodes) == expected
    assert nodes == [node for node in full if node in nodes]
    assert (nodes[:2], nodes[-1]) == (full[:2], full[-1])
