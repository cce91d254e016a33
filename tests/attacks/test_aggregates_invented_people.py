"""A contributor invents: a thousand people, or a thousand records under a victim's identifier.

What it may do and what not:

- It gains no budget: caps follow from declarations, whoever is in the data
  (test_aggregates_budget.py tells the same of partners).
- A person's records count L times at most, whoever gave them. The first ones that came are the
  first to count: who sends records under a victim's identifier *before* the victim's own are
  there keeps those out of every answer, and who sends them later keeps out nothing. Either way
  the victim moves an answer by no more than L records do, so that the answer's guarantee holds;
  but what it counts is as wrong as what was handed in.

The controls count without a bound, and charge a cap that grows with people.
"""

from __future__ import annotations

from functools import partial

import pytest

from gateway import caps
from gateway.aggregates import tallying
from gateway.errors import RefusedError
from gateway.lake import loading
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import rules, see
from tests.counted_homes import generated

L = 3
OWN = [VICTIM | {"kind": "Marriage", "town": "A", "debt": "12.34"}] * L
INVENTED = [VICTIM | {"kind": "Labour", "town": "B", "debt": "1000"}] * 1000


@pytest.fixture
def giving(counted):
    """A home to which others give records as well."""
    for name in ("mallory", "shelter"):
        counted.contributor(name, dataset="debts")
    return counted


def measured(world):
    """Return people, records and cents by town, exactly; the last two keys are null and other."""
    asked = {"group_by": ["town"], "epsilon": 3}
    seen = see(world, "harbor", "count_people", "count_records", {"sum": "debt"}, **asked)
    return [values.tolist() for values in seen.exact]


def moved(world, *loads):
    """Return by how much loads move each measure, over all towns, and where they end."""
    before = measured(world)
    for contributor, rows in loads:
        world.load_rows(rows, contributor=contributor)
    after = measured(world)
    pairs = zip(before, after, strict=True)
    return [[b - a for a, b in zip(one, other, strict=True)] for one, other in pairs]


def test_a_thousand_records_under_one_name_move_no_more_than_a_person_may(giving):
    people, records, cents = moved(giving, ("mallory", INVENTED))
    assert (sum(people), sum(records), sum(cents)) == (1, L, L * 100_000)


def test_control_without_the_bound_they_move_everything(giving, monkeypatch):
    monkeypatch.setattr(tallying, "up_to_rank", lambda chunk, _most: chunk.rank > 0)
    _, records, cents = moved(giving, ("mallory", INVENTED))
    assert (sum(records), sum(cents)) == (1000, 1000 * 100_000)


def test_records_that_came_first_are_not_pushed_out(giving):
    people, records, cents = moved(giving, ("", OWN), ("mallory", INVENTED))
    assert (people[:2], records[:2], cents[:2]) == ([1, 0], [L, 0], [L * 1234, 0])


def test_whoever_comes_first_takes_the_victims_place_and_no_more_than_that(giving):
    people, records, cents = moved(giving, ("mallory", INVENTED), ("", OWN))
    assert (people[:2], records[:2], cents[:2]) == ([0, 1], [0, L], [0, L * 100_000])


TAKEN_BACK = [VICTIM | {"person_id": "somebody-else", "consent": "none"}]


def taken_back(giving):
    """Let records take the victim's places, and be taken back once its own are there."""
    givers = [("mallory", INVENTED[:L]), ("shelter", OWN)]
    return moved(giving, *givers, ("mallory", TAKEN_BACK))


def test_places_that_were_taken_and_given_back_are_the_victims(giving, monkeypatch):
    monkeypatch.setattr(giving, "load_rows", partial(giving.load_rows, mode="replace"))
    people, records, cents = taken_back(giving)
    assert (people[:2], records[:2], cents[:2]) == ([1, 0], [L, 0], [L * 1234, 0])


def test_control_where_gaps_stay_the_victim_is_left_out_for_good(giving, monkeypatch):
    monkeypatch.setattr(loading, "close_gaps", lambda *_told: None)
    monkeypatch.setattr(giving, "load_rows", partial(giving.load_rows, mode="replace"))
    assert sum(taken_back(giving)[1]) == 0


def test_records_of_several_contributors_count_together(giving):
    two, more = OWN[:2], [VICTIM | {"town": "B", "debt": "1"}] * 5
    _, records, cents = moved(giving, ("shelter", two), ("mallory", more), ("", OWN))
    assert records[:2] == [2, 1]
    assert cents[:2] == [2 * 1234, 100]


def test_giving_again_in_place_of_what_was_given_adds_no_place(giving):
    giving.load_rows(OWN, contributor="shelter")
    for _ in range(3):
        giving.load_rows(INVENTED[:50], contributor="mallory", mode="replace")
        _, records, _ = measured(giving)
        assert sum(records) <= exactly(giving) + L
    assert sum(measured(giving)[1]) == exactly(giving) + L


def exactly(_world):
    """Return how many records of the generated people count."""
    return sum(min(n % 5 + 1, L) for n in range(1, 61) if n % 10)


def spend_all(world):
    granted = 0.0
    for by in ("kind", "town", "controls", "day", "state"):
        try:
            world.ask_for("harbor", "count_people", group_by=[by])
        except RefusedError as refused:
            if rules(refused.reasons) != ["budget-exhausted"]:
                raise
            continue
        granted += 1.0
    return granted


THOUSAND = [row for n in range(1000, 2000) for row in generated(n, n)[:1]]


def test_a_thousand_invented_people_add_nothing_to_a_budget(giving):
    assert spend_all(giving) == 4.0
    giving.load_rows(THOUSAND, contributor="mallory")
    assert spend_all(giving) == 0.0


def test_control_where_a_budget_grows_with_people_invented_ones_pay(giving, monkeypatch):
    assert spend_all(giving) == 4.0
    giving.load_rows(THOUSAND, contributor="mallory")
    monkeypatch.setattr(caps, "count_periods", lambda *_told: 1 + len(THOUSAND) // 1000)
    assert spend_all(giving) == 4.0
