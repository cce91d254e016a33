import numpy as np
import pytest

from anonymizers import sweep
from anonymizers.checks import Checks
from anonymizers.lattice import Lattice
from anonymizers.models import Model
from anonymizers.sweep import MOST_WORK, Sweep, by_rising_loss
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
    return ladders, Lattice(Checks(people.table, ladders, model).costs.plain())


def swept(people, model):
    """Return the levels on which each person was taken."""
    ladders, lattice = lattice_of(people, model)
    walk = Sweep(people.table, ladders, model, lattice)
    walk.run(by_rising_loss(lattice), MOST_WORK)
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


def visited(monkeypatch, people, model, most_work):
    """Return the nodes that a sweep visits, and all of them in the order of their losses."""
    seen = []
    ladders, lattice = lattice_of(people, model)
    walk = Sweep(people.table, ladders, model, lattice)
    visit = walk._visit
    monkeypatch.setattr(walk, "_visit", lambda flat: (seen.append(flat), visit(flat)))
    walk.run(by_rising_loss(lattice), most_work)
    losses = lattice.plain.reshape(-1)[seen]
    assert (np.diff(losses) >= 0).all()
    return seen, by_rising_loss(lattice).tolist()


def crowd():
    return towns("a1", "a2", "b1", "b2", kinds=["f", "m", "f", "m"])


def test_a_full_sweep_visits_every_node_by_rising_loss_and_the_top_last(monkeypatch):
    seen, order = visited(monkeypatch, crowd(), Model(9), MOST_WORK)
    assert seen == order
    assert sorted(seen) == list(range(6))
    assert seen[-1] == 5


def test_a_sweep_ends_when_nobody_remains(monkeypatch):
    seen, order = visited(monkeypatch, towns("a1", "a1"), Model(2), MOST_WORK)
    assert seen == order[:1]


@pytest.mark.parametrize(
    ("most_work", "places"), [(30, [0, 1, 2, 3, 4, 5]), (20, [0, 1, 3, 5]), (1, [0, 5])]
)
def test_where_it_would_be_too_much_work_nodes_are_passed_over(monkeypatch, most_work, places):
    """Nobody is taken: each visit looks at four rows, and costs one besides."""
    monkeypatch.setattr(sweep, "FINEST", 1)
    monkeypatch.setattr(sweep, "EACH_VISIT", 1)
    seen, order = visited(monkeypatch, crowd(), Model(9), most_work)
    assert seen == [order[place] for place in places]


def test_the_finest_nodes_are_visited_one_by_one_for_half_of_the_work(monkeypatch):
    monkeypatch.setattr(sweep, "EACH_VISIT", 1)
    seen, order = visited(monkeypatch, crowd(), Model(9), 21)
    assert seen[:3] == order[:3]
    assert seen[-1] == order[-1]
    assert len(seen) < 6
