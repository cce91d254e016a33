"""Attacks: what two files, or the order of one, tell that no file tells by itself.

Row order, overlapping filters, a file before and after a load, the bytes of equal homes, and
refusals as an oracle about a cell. Each attack has a control that succeeds.
"""

from __future__ import annotations

import numpy as np
import pytest
from sqlmodel import select

from gateway import releases
from gateway.outcomes import open_outcome
from gateway.reviews import approve
from gateway.store.tables import Extract
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, people, person, template_of

FORMATS = ("csv", "parquet", "jsonl", "xlsx")
MANY = 400


def rank_correlation(left, right):
    """Return Spearman's rho of two orders without ties."""
    ranks = [np.argsort(np.argsort(values)) for values in (left, right)]
    return float(np.corrcoef(*ranks)[0, 1])


@pytest.fixture
def many(world):
    """A home of many people, each released with a note of its own that says its place."""
    world.declare_notes(*(f"place {number:04}" for number in range(MANY)))
    rows = [person(number, note=f"place {number:04}") for number in range(MANY)]
    world.load(rows, mode="replace")
    return world


def places(world, partner, **asked):
    made = world.extract(partner, **asked)
    if made.state == "in_review":
        approve(world.context, made.id, "olivia", "an experiment")
    rows = world.table(partner, made.id, asked.get("format", "csv")).to_pylist()
    return [int(row["note"].removeprefix("place ")) for row in rows]


def table_of(world, partner, extract_id):
    return world.table(partner, extract_id).to_pylist()


def test_the_order_of_rows_tells_nothing_of_the_datas_or_of_another_files(many):
    mine = places(many, "harbor")
    assert sorted(mine) == list(range(MANY))
    orders = {
        "the data's": list(range(MANY)),
        "another partner's": places(many, "lantern"),
        "another request's": places(many, "harbor", columns=["person_id", "age", "note"]),
    }
    for name, other in orders.items():
        index = {place: number for number, place in enumerate(other)}
        rho = rank_correlation(range(MANY), [index[place] for place in mine])
        assert abs(rho) < 0.25, name  # five standard deviations of chance
    # The control: the same request in another format has the same order, and that is seen.
    assert rank_correlation(mine, places(many, "harbor", format="jsonl")) > 0.999


def test_the_order_of_rows_tells_nothing_of_tokens(many):
    rows = table_of(many, "harbor", many.extract("harbor").id)
    tokens = [row["person_id"] for row in rows]
    order = sorted(range(MANY), key=tokens.__getitem__)
    assert abs(rank_correlation(range(MANY), order)) < 0.25


def test_equal_homes_give_equal_bytes_in_every_format(tmp_path_factory):
    """Nothing in a file says when, where, or on which machine it was made."""
    template, homes = template_of(tmp_path_factory), []
    for number in range(2):
        path = copy_home(template, tmp_path_factory.mktemp(f"equal-{number}"))
        clock = FixedClock(NOON)
        clock.move(hours=number)
        with open_world(path, clock) as world:
            extracts = {chosen: world.extract("harbor", format=chosen).id for chosen in FORMATS}
            files = {chosen: world.content("harbor", made) for chosen, made in extracts.items()}
            files["codebook"] = world.codebook("harbor", extracts["csv"])
            files["control"] = world.content("lantern", world.extract("lantern").id)
            homes.append(files)
    assert homes[0] == homes[1]
    assert homes[0]["csv"] != homes[0]["control"]  # another partner's differ


def test_two_filters_that_differ_by_one_person_do_not_both_leave(world):
    """The control is an officer who lets them: then the difference is that very person."""
    world.declare_notes("the victim")
    world.load([person(41, state="TX", note="the victim")])
    first = world.extract("harbor", where=[{"column": "state", "in": ["CA"]}])
    both = [{"column": "state", "in": ["CA", "TX"]}]
    second = world.extract("harbor", where=both)
    assert (first.state, second.state) == ("ready", "in_review")
    approve(world.context, second.id, "olivia", "careless")
    tokens = [
        {row["person_id"] for row in table_of(world, "harbor", made.id)} for made in (first, second)
    ]
    assert len(tokens[1] - tokens[0]) <= 1


def test_a_file_before_and_one_after_a_load_do_not_both_leave(world):
    world.declare_notes("the victim")
    first = world.extract("harbor")
    world.load([person(41, note="the victim")])
    second = world.extract("harbor")
    assert (first.state, second.state) == ("ready", "in_review")
    approve(world.context, second.id, "olivia", "careless")
    before, after = (
        {tuple(row.values()) for row in table_of(world, "harbor", made.id)}
        for made in (first, second)
    )
    (difference,) = after - before
    assert "the victim" in difference


AROUND, CELL = ["30-34", "40-44"], ["60-64"]


def seen_with(factory, people_in_cell, *conditions, prepare=lambda _world: None):
    """Ask one condition after another in a home of its own; return all that the partner sees."""
    path = copy_home(template_of(factory), factory.mktemp(f"cell-{people_in_cell}"))
    seen = []
    with open_world(path, FixedClock(NOON)) as world:
        prepare(world)
        if people_in_cell:
            same = {"age": "61", "reported_on": "2026-01-15"}
            world.load(people(43, 42 + people_in_cell, **same))
        for ages in conditions:
            made = world.extract("harbor", where=[{"column": "age", "in": ages}])
            seen.append((made.state, made.progress, [reason.rule for reason in made.reasons]))
    return seen


def test_nobody_in_a_cell_and_too_few_are_refused_alike(tmp_path_factory):
    assert seen_with(tmp_path_factory, 0, CELL) == seen_with(tmp_path_factory, 2, CELL)


def test_a_second_request_around_a_cell_says_nothing_about_who_is_in_it(tmp_path_factory):
    asked = AROUND, [*AROUND, *CELL], CELL
    nobody = seen_with(tmp_path_factory, 0, *asked)
    assert nobody == seen_with(tmp_path_factory, 3, *asked)
    assert [state for state, _, _ in nobody] == ["ready", "in_review", "in_review"]


def test_control_a_guard_that_looks_at_who_differs_is_an_oracle(tmp_path_factory, monkeypatch):
    """It would hold back what differs by somebody, and let pass what differs by nobody."""

    def make_curious(world):
        def needed(_context, session, extract, _by_policy):
            held = session.exec(select(Extract).where(Extract.state == "ready")).all()
            people = [open_outcome(world.context, one).rows for one in (extract, *held)]
            return int(len(set(people)) > 1)

        monkeypatch.setattr(releases, "reviews_needed", needed)

    asked = AROUND, [*AROUND, *CELL]
    nobody = seen_with(tmp_path_factory, 0, *asked, prepare=make_curious)
    somebody = seen_with(tmp_path_factory, 3, *asked, prepare=make_curious)
    assert [state for state, _, _ in nobody] == ["ready", "ready"]
    assert [state for state, _, _ in somebody] == ["ready", "in_review"]
