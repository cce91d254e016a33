"""Attack: invented people, linked to a victim, to count it more often or to spend more on it.

However many identities somebody has, and whoever gave them, all records of one person together
are counted at most L times, and no budget grows. The control counts identities as people.
"""

from __future__ import annotations

import pytest

from gateway.budgets import show_budgets
from tests.attacks.linked_homes import BY_PHONE, decide, links, under
from tests.small_homes import person

MOST = 2
COUNTED = "budget: {epsilon: 4, delta: 1.0e-6}\n"


@pytest.fixture
def home(world):
    """A home in which oak and elm invent people with a victim's phone, and spend nothing."""
    world.declare(BY_PHONE + COUNTED)
    for giver in ("oak", "elm"):
        world.contributor(giver)
    return world


def invent(world):
    for giver in ("oak", "elm"):
        rows = [
            under(1, f"{giver}-{n}", case_id=f"{giver}-{n}-{turn}")
            for n in range(4)
            for turn in range(3)
        ]
        world.load(rows, contributor=giver)
    world.load([person(1, case_id=f"own-{n}") for n in range(4)])


def counted(world, unit="weir_person"):
    """Return how many records of people with the victim's phone are within the bound."""
    with world.context.lake.cursor() as cursor:
        query = (
            "SELECT count(*) FROM lake.main.cases AS one JOIN (SELECT DISTINCT phone FROM "
            "lake.main.cases WHERE weir_contributor = 'oak') USING (phone) "
            f"WHERE {'weir_rank' if unit == 'weir_person' else 'weir_place'} <= {MOST}"
        )
        return cursor.execute(query).fetchall()[0][0]


def test_a_merged_person_stays_within_the_bound(home):
    invent(home)
    assert counted(home) == MOST


def test_control_identities_counted_as_people_go_far_beyond(home):
    invent(home)
    assert counted(home, "weir_identity") == 9 * MOST


def test_no_link_and_no_split_changes_a_budget(home):
    before = show_budgets(home.context, "cases")
    invent(home)
    for link in links(home)[:3]:
        decide(home, link["id"], "undone")
    assert [_totals(one) for one in show_budgets(home.context, "cases")] == [
        _totals(one) for one in before
    ]
    assert counted(home) <= 4 * MOST


def _totals(budget):
    return [
        (cap["cap"], cap.get("limit"), cap["spent"])
        for cap in budget["caps"]
        if cap["kind"] == "dataset"
    ]
