"""What a history is made of: rows, declarations and requests, drawn to collide often."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.properties.history.declarations import (
    CLASSES,
    CODES,
    COLUMNS,
    PLACES,
    PURPOSES,
    Agreement,
    Clause,
    Dataset,
    Partner,
    Policy,
    Request,
)
from tests.properties.history.world import LEVELS

FIRST_DAY = date(2026, 6, 25)
ASKING = ("harbor", "lantern")
GIVING = "shelter"


def day(offset: int) -> date:
    return FIRST_DAY + timedelta(days=offset)


days_ahead = st.sampled_from((1, 5, 20, 40, 200)).map(day)
ended = st.sampled_from((-200, -1)).map(day)


def usual_row(person: int, case: str = "a") -> dict[str, str]:
    """What most people's rows look like: few combinations, so that classes are large enough."""
    row = dict.fromkeys(COLUMNS, "")
    return row | {
        "case_id": f"{person}-{case}",
        "person_id": f"Person {person}",
        "seen_on": ("2025-03-05", "2025-04-20")[person % 2],
        "age": ("25", "44", "12")[0 if person % 4 < 2 else 1 + person % 8 // 7],
        "place": ("Ash", "Cedar")[person // 2 % 2],
        "harm": CODES[person % 3],
        "note": f"what person {person} said",
        "consent": "pseudonymized",
    }


def people(first: int, last: int) -> list[dict[str, str]]:
    return [usual_row(person) for person in range(first, last + 1)]


usual = st.none()
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "Person")
spellings = st.sampled_from(("Person {}", " person {} ", "PERSON {}", WIDE + " {}"))
lists_of_classes = st.sampled_from(("", "ngo", "ngo;government", "government, PUBLIC"))
lists_of_purposes = st.sampled_from(("", "research", "research planning", "planning"))
changes = st.fixed_dictionaries(
    {},
    optional={
        "seen_on": st.sampled_from(("", "2025-03-05", "2025-11-30", "2024-02-29", "2019-01-01")),
        "age": st.sampled_from(("", "12", "17", "18", "25", "44", "70", "95", "131")),
        "place": st.sampled_from(("", *PLACES, "Nowhere")),
        "harm": st.sampled_from(("", *CODES, "unknown", "Fraud")),
        "consent": st.sampled_from(("", *LEVELS, " Pseudonymized", "maybe")),
        "consent_ends": st.one_of(ended, days_ahead, days_ahead).map(str),
        "funding": st.sampled_from(("", "city", "VAWA", "city; voca")),
        "share_with": lists_of_classes,
        "share_for": lists_of_purposes,
    },
)
unreadable = st.sampled_from(
    (
        {"person_id": " "},
        {"case_id": ""},
        {"age": "old"},
        {"age": "old", "consent": "none"},
        {"seen_on": "2025-02-30"},
        {"consent_ends": "someday"},
    ),
)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    """One row of somebody; sometimes another's case, sometimes one that can't be read."""
    person = draw(st.integers(1, 30))
    row = usual_row(person, draw(st.sampled_from("aab")))
    row["person_id"] = draw(spellings).format(draw(st.sampled_from((person, person, person, 3))))
    row |= draw(changes)
    return row | draw(st.one_of(usual, usual, usual, usual, unreadable).map(lambda odd: odd or {}))


some_rows = st.lists(rows(), min_size=1, max_size=10)
sources = st.one_of(
    some_rows,
    some_rows,
    st.tuples(st.integers(1, 25), st.integers(0, 12)).map(lambda p: people(p[0], p[0] + p[1])),
)
datasets = st.builds(
    Dataset,
    oldest=st.sampled_from((120, 60)),
    first_day=st.sampled_from((date(2024, 1, 1), date(2025, 4, 1))),
    codes=st.sampled_from((CODES, CODES[:2])),
    default=st.sampled_from(("none", "aggregate")),
    after_end=st.sampled_from(("none", "aggregate")),
)
policies = st.builds(
    lambda minors, **rest: Policy(minors_k=minors and minors + rest["k"], **rest),
    minors=st.sampled_from((1, 1, 3, 0)),
    k=st.sampled_from((2, 3, 5)),
    l=st.sampled_from((0, 2, 2, 3)),
    share=st.sampled_from(("0", "0.1", "0.29")),
    levels_by=st.sampled_from(("k", "k", "all")),
    tokens=st.sampled_from(("year", "release", "agreement", "")),
    floors=st.tuples(
        st.sampled_from(("day", "month", "year")),
        st.sampled_from(("5-years", "10-years")),
        st.sampled_from(("exact", "level-1")),
    ),
    ceilings=st.tuples(
        st.sampled_from(("*", "*", "5-years")),
        st.sampled_from(("*", "*", "majority")),
        st.sampled_from(("*", "*", "level-2")),
    ),
    review=st.sampled_from((0, 0, 0, 1, 2)),
)


@st.composite
def asking_partners(draw: st.DrawFn, name: str) -> Partner:
    """A partner that asks, under one agreement or two."""
    ends = st.sampled_from((365, 365, 90, 90, 20, 5, -1)).map(day)
    starts = st.sampled_from((-300, -300, -300, -300, 10)).map(day)
    agreements = []
    for number in range(draw(st.sampled_from((1, 1, 1, 2, 2, 0)))):
        purposes = draw(st.sampled_from((PURPOSES, PURPOSES, PURPOSES, PURPOSES[:1])))
        first, last = draw(starts), draw(ends)
        agreements.append(Agreement(f"{name}-{number}", first, max(first, last), purposes))
    kind = draw(st.sampled_from(("ngo", "ngo", "ngo", "ngo", "government", "public")))
    return Partner(name, kind, tuple(agreements))


@st.composite
def giving_partners(draw: st.DrawFn) -> Partner:
    """A partner that hands records in, under terms that it may change later."""
    agreements = [
        Agreement(
            f"{GIVING}-{number}",
            day(-300),
            draw(st.sampled_from((365, 365, 30)).map(day)),
            consent_max=draw(st.sampled_from(("", "", "pseudonymized", "anonymized", "none"))),
            share_with=draw(st.sampled_from(((), (), CLASSES[:1], CLASSES[1:2]))),
            share_for=draw(st.sampled_from(((), (), PURPOSES[:1], PURPOSES[1:]))),
        )
        for number in range(draw(st.sampled_from((1, 1, 2, 0))))
    ]
    if draw(st.booleans()):
        agreements.append(Agreement(f"{GIVING}-asks", day(-300), day(365), PURPOSES))
    return Partner(GIVING, "ngo", tuple(agreements))


partners = st.one_of(*(asking_partners(name) for name in ASKING), giving_partners())
clauses = st.one_of(
    st.builds(
        Clause,
        column=st.just("place"),
        forms=st.frozensets(
            st.sampled_from(("Hill", "Coast", "Coast", "North", "Ash", "other", "Moon")),
            min_size=1,
            max_size=2,
        ),
    ),
    st.builds(
        lambda forms: Clause("age", forms=forms),
        st.frozensets(st.sampled_from(("20-29", "40-49", "18+", "25-29", "25")), min_size=1),
    ),
    st.builds(
        lambda edges: Clause("age", first=edges[0], last=edges[1]),
        st.sampled_from((("18", ""), ("20", "49"), ("", "17"), ("21", "49"), ("40", "20"))),
    ),
    st.builds(
        lambda edges: Clause("seen_on", first=edges[0], last=edges[1]),
        st.sampled_from((("2025-01-01", "2025-12-31"), ("", "2025-03-31"), ("2025-03-04", ""))),
    ),
)
columns = st.sampled_from(
    (
        frozenset(),
        frozenset({"person_id", "seen_on", "age", "place", "harm"}),
        frozenset({"age", "place", "harm"}),
        frozenset({"seen_on", "harm"}),
        frozenset({"person_id", "age"}),
    ),
)
everything = st.just(frozenset())
usual_requests = st.builds(
    Request,
    purpose=st.sampled_from(PURPOSES),
    columns=st.one_of(everything, everything, columns),
    where=st.one_of(everything, everything, st.frozensets(clauses, min_size=1, max_size=2)),
    format=st.sampled_from(("csv", "csv", "jsonl", "parquet", "xlsx")),
)
odd_requests = st.sampled_from(
    (
        Request(purpose="marketing"),
        Request(format="pdf"),
        Request(columns=frozenset({"age", "note"})),
        Request(where=frozenset({Clause("note", frozenset({"anything"}))})),
        Request(where=frozenset({Clause("harm", frozenset({"Labour"}))})),
    ),
)
requests = st.one_of(usual_requests, usual_requests, usual_requests, odd_requests)
