"""Attacks: what two files, or the order of one, tell that no file tells by itself.

Row order, overlapping filters, a file before and after a load, the bytes of equal homes, and
refusals as an oracle about a cell. Each attack has a control that succeeds.
"""

from __future__ import annotations

import numpy as np
import pytest

from gateway.reviews import approve
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


def ask_around_a_cell(world):
    """Ask for A, for the cell, and for A with the cell; return all that the partner sees."""
    around = {"column": "age", "in": ["30-34", "40-44"]}
    cell = {"column": "age", "in": ["60-64"]}
    joined = {"column": "age", "in": ["30-34", "40-44", "60-64"]}
    seen = []
    for condition in (around, joined, cell):
        made = world.extract("harbor", where=[condition])
        seen.append((made.state, made.progress, [reason.rule for reason in made.reasons]))
    return seen


@pytest.mark.parametrize("first_asked", ["around", "cell"])
def test_refusals_say_nothing_about_who_is_in_a_cell(tmp_path_factory, first_asked):
    """Nobody in the cell, one person, two: the partner sees the very same."""
    template, seen = template_of(tmp_path_factory), []
    for number in (0, 1, 2):
        path = copy_home(template, tmp_path_factory.mktemp(f"cell-{number}"))
        with open_world(path, FixedClock(NOON)) as world:
            if number:
                world.load(people(41, 40 + number, age="61"))
            if first_asked == "cell":
                made = world.extract("harbor", where=[{"column": "age", "in": ["60-64"]}])
                seen.append([(made.state, made.progress, [r.rule for r in made.reasons])])
            else:
                seen.append(ask_around_a_cell(world))
    assert seen[0] == seen[1] == seen[2]
