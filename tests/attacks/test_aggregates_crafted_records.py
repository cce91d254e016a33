"""Records made to break bounds: whatever one person's records say, they move no more than declared.

Hypothesis makes up records of one person, or under the identifiers of others, and hands them in as
a contributor does, in files. Before noise, every component of every measure must move by no more
than the sensitivity that its noise was made for, times the people named.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.aggregates import tallying
from tests.attacks.views import see
from tests.counted_homes import generated

GIVER = "mallory"
SPELT = [
    "victim 1",
    "VICTIM 1",
    " victim 1 ",
    "Victim\u00a01",
    "\uff56\uff49\uff43\uff54\uff49\uff4d 1",
    "victim  1",
]
OTHERS = ["person-5", "person-10", "person-14", "pers\u043en-5"]  # the last one in Cyrillic
HUGE = "9" * 4000
CODES = ["Labour", "labour", "LABOUR ", "L\u0430bour", "Marriage", "null", "other", "*", "", HUGE]
LISTS = ["Debt;Threats;Papers", "Debt;Debt;Debt;Debt", ";;;", "Papers;New;null;other", "", HUGE]
AMOUNTS = ["0", "-0", "1000", "-999999999.99", "999999999999.99", "1e3", "NaN", "inf", "", "1,5",
           "\u0663\u0664", "0x10", "1" * 300]  # fmt: skip
DAYS = ["2024-01-01", "0001-01-01", "9999-12-31", "2024-02-30", "2024-13-01", "", "now"]
AGES = ["0", "120", "121", "-1", "9223372036854775807", "9223372036854775808", "1e1", "", "NaN"]
STATES = ["CA", "ca", "", "ZZ", "C\u0410", "California", HUGE]
ROW = st.fixed_dictionaries(
    {
        "state": st.sampled_from(STATES),
        "day": st.sampled_from(DAYS),
        "kind": st.sampled_from(CODES),
        "controls": st.sampled_from(LISTS),
        "debt": st.sampled_from(AMOUNTS),
        "age": st.sampled_from(AGES),
        "town": st.sampled_from(["A", "B", "C", "", "a", HUGE]),
        "consent": st.sampled_from(["aggregate", "aggregate", "", "none", "pseudonymized"]),
    }
)
MEASURES = (
    *("count_people", "count_records", {"sum": "debt"}, {"mean": "debt"}, {"quantile": "age"}),
    *({"quantile": "day"}, {"histogram": {"column": "age", "level": "10-years"}}),
    {"distinct": "kind"},
)
ASKED = (
    {"group_by": ["kind", "controls"], "totals": True},
    {"group_by": [{"column": "day", "level": "quarter"}, "town"], "clipped_share": True},
    {"group_by": ["state"], "where": [{"column": "kind", "in": ["Labour", "Marriage"]}]},
)


@pytest.fixture
def giving(counted):
    """A home in which these records are the contributor's only ones."""
    counted.contributor(GIVER, dataset="debts")
    counted.load_rows(generated(900, 901), contributor=GIVER)
    return counted


def seen(world, rows):
    """Return all components of all questions, with their exact cells, after a load."""
    world.load_rows([*rows, *NOBODY], contributor=GIVER, mode="replace")
    parts = []
    for asked in ASKED:
        found = see(world, "harbor", *MEASURES, **asked, epsilon=4)
        parts.extend(zip(found.components, found.exact, strict=True))
    return parts


NOBODY = [row | {"consent": "none", "person_id": "nobody-at-all"} for row in generated(900, 900)]


def excess(before, after, people):
    """Return by how much more than declared components moved, at most, in L1 and squared L2."""
    most = 0
    for (part, one), (other_part, other) in zip(before, after, strict=True):
        assert part == other_part
        moved = np.abs(other - one)
        l1, l2 = int(moved.sum()), int((moved**2).sum())
        most = max(most, l1 - people * part.sensitivity.l1)
        most = max(most, l2 - people**2 * part.sensitivity.l2_squared)
    return most


def test_records_move_no_more_than_the_people_they_name_may(giving, effort):
    nobody, moved = seen(giving, []), []

    @settings(max_examples=12 * effort, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def holds(data):
        nonlocal nobody
        names, people = data.draw(st.sampled_from([(SPELT, 1), (OTHERS, len(OTHERS))]))
        rows = data.draw(st.lists(ROW, min_size=1, max_size=8))
        named = [row | {"person_id": data.draw(st.sampled_from(names))} for row in rows]
        before, found = nobody, seen(giving, named * data.draw(st.sampled_from([1, 1, 40])))
        if names is OTHERS:  # what was said of their consent stays said
            nobody = seen(giving, [])
        moved.append(excess(before, found, 0) > 0)
        assert excess(before, found, people) <= 0

    holds()
    assert any(moved)


def test_ten_thousand_records_of_one_person_reach_the_bound_and_no_more(giving):
    nobody, (row, *_) = seen(giving, []), generated(11, 11)
    row |= {"person_id": "victim 1", "debt": "1000", "consent": "aggregate", "kind": "Marriage"}
    found = seen(giving, [row | {"town": "AB"[n % 2]} for n in range(10_000)])
    assert excess(nobody, found, 1) == 0  # nothing is left over: the bound is the true one


@pytest.mark.parametrize("bound", ["up_to_rank", "_clipped"])
def test_control_without_a_bound_they_move_more(giving, monkeypatch, bound):
    free = {
        "up_to_rank": lambda chunk, _most: chunk.rank > 0,
        "_clipped": lambda chunk, amounts: chunk.amounts[amounts.column],
    }
    monkeypatch.setattr(tallying, bound, free[bound])
    nobody, (row, *_) = seen(giving, []), generated(11, 11)
    row |= {"person_id": "victim 1", "debt": "999999.99", "consent": "aggregate"}
    assert excess(nobody, seen(giving, [row] * 5), 1) > 0
