"""Filling: gaps have what a person's other permitted records agree on, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.lake.consent import Terms
from gateway.lake.selection import Selection
from policies.consent import ConsentRules, ContributorTerms
from policies.plans import ColumnPlan, ExtractPlan, Protection
from tests.gateway.lake.conftest import case_line as line

TERMS = dict.fromkeys(("harbor", "oak"), ContributorTerms())
PLAN = ExtractPlan(
    partner="harbor",
    partner_class="ngo",
    agreement="harbor-2026",
    agreement_ends="2026-12-31",
    purpose="research",
    dataset="hotline-cases",
    dataset_sha256="",
    policy="ngo-research",
    policy_sha256="",
    columns=(
        ColumnPlan("reported_on", "coarsen", quasi_identifier=True, floor="exact", ceiling="*"),
        ColumnPlan("age", "coarsen", quasi_identifier=True, floor="exact", ceiling="*"),
        ColumnPlan("state", "coarsen", quasi_identifier=True, floor="us-state", ceiling="*"),
    ),
    where=(),
    protection=Protection(11, {}, 0.05, "k", None),
    consent_needed="anonymized",
    review=0,
    retention_days=365,
    format="csv",
    request={},
    fill=("age", "state"),
)


@pytest.fixture
def select(lake, cases):
    def open_selection(plan=PLAN):
        return Selection(
            lake,
            cases,
            plan,
            snapshot=lake.dataset_snapshot("hotline-cases"),
            today=date(2026, 1, 15),
            terms=Terms(ConsentRules.of(cases), TERMS, {}),
        )

    return open_selection


def read(selection, *more):
    """Return (age, state, ...) of every selected record."""
    names = ("age", "state", *more)
    rows = (row for batch in selection.stream({}, names) for row in batch.to_pylist())
    return sorted((tuple(row[name] for name in names) for row in rows), key=str)


def test_a_gap_has_what_the_other_records_agree_on(select, load, cases):
    load(cases, [line("c1", age="", state="")])
    load(cases, [line("c2", age="30", state=""), line("c3", age="30")])
    with select() as selection:
        assert read(selection) == [(30, "CA")]
        assert selection.lenders().num_rows == 2


def test_where_they_disagree_the_gap_stays(select, load, cases):
    load(cases, [line("d", "p2", age="")])
    load(cases, [line("e1", "p2", age="30"), line("e2", "p2", age="31")])
    with select() as selection:
        assert (None, "CA") in read(selection)
        assert selection.lenders().num_rows == 0


@pytest.mark.parametrize("fill", [None, ()])
def test_nothing_is_filled_that_wasn_t_asked_for(select, load, cases, fill):
    load(cases, [line(f"c{n}", age="") for n in range(20)])
    load(cases, [line("d1", age="30")])
    with select(replace(PLAN, fill=fill)) as selection:
        assert read(selection) == [(None, "CA")]
        assert selection.lenders().num_rows == 0


def test_what_may_not_be_in_the_extract_lends_nothing(select, load, cases):
    load(cases, [line("c1", age="")])
    load(cases, [line("c2", age="30", share_with="government")])
    load(cases, [line("c3", age="30")], contributor="harbor")
    with select() as selection:
        assert read(selection) == [(None, "CA")]


RECORDS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 2)),
        st.sampled_from(("", "30", "31")),
        st.sampled_from(("", "CA", "TX")),
        st.sampled_from(("", "harbor", "oak")),
        st.sampled_from(("", "government")),
    ),
    min_size=1,
    max_size=10,
)


def by_hand(records):
    """Return what each person's permitted records may read as, gaps filled."""
    people = defaultdict(list)
    for person, age, state, giver, shared in records:
        if giver != "harbor" and not shared:
            people[person].append((int(age) if age else None, state or None))
    return {
        person: [
            tuple(agreed(theirs, column) if own is None else own for column, own in enumerate(row))
            for row in theirs
        ]
        for person, theirs in people.items()
    }


def agreed(theirs, column):
    """Return the one value that all who say something say, if they do."""
    said = {row[column] for row in theirs} - {None}
    return said.pop() if len(said) == 1 else None


def test_any_records_are_filled_as_by_hand(select, load, cases, effort):
    tried = count()

    def load_them(records, days):
        for giver in {record[3] for record in records}:
            lines = [
                line(
                    f"{days[person]}-{number}",
                    f"p-{days[person]}",
                    reported_on=days[person].isoformat(),
                    age=age,
                    state=state,
                    share_with=shared,
                )
                for number, (person, age, state, by, shared) in enumerate(records)
                if by == giver
            ]
            load(cases, lines, contributor=giver)

    @settings(
        max_examples=10 * effort,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(RECORDS)
    def holds(records):
        first = date(2015, 1, 1) + timedelta(days=3 * next(tried))
        days = [first + timedelta(days=person) for person in range(3)]
        load_them(records, days)
        with select() as selection:
            rows = read(selection, "reported_on")
        choices = by_hand(records)
        found = {days.index(day): rest for *rest, day in rows if day in days}
        assert found.keys() == choices.keys()
        assert all(tuple(found[person]) in choices[person] for person in found)

    holds()
