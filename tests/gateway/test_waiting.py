"""What officers see of an extract that waits, before they decide."""

from __future__ import annotations

import json

import pytest

from gateway.cli.reviewed import asked_rows
from gateway.declarations import suspend_partner
from gateway.errors import ConflictError, NotFoundError, SealedFileError
from gateway.outcomes import CONTENT, folder_of
from gateway.reviews import approve, refuse
from gateway.waiting import TOKEN, list_waiting, show_waiting
from tests.small_homes import people, person

REVIEW = "retention_days: 365 -> retention_days: 365\nreview: {extract: 1}"
REDACT = (
    "    note:        keep -> "
    "    note:        keep\n    narrative:   {redact: {languages: [en, es]}}"
)
TOLD = "Marisol Quetzal called from 202-555-0143. The employer keeps the passport."
LEFT = "[NAME] called from [PHONE]. The employer keeps the passport."
WHERE = [{"column": "age", "from": "30", "to": "44"}, {"column": "state", "in": ["CA"]}]


@pytest.fixture
def reviewed(world):
    """A home whose policy redacts narratives and wants one officer."""
    world.apply(review=REVIEW, narrative=REDACT)
    world.load(people(1, 40, narrative=TOLD))
    return world


def shown(world, extract_id, rows=40, officer="olivia"):
    return show_waiting(world.context, extract_id, officer, rows)


def test_the_list_says_who_asks_for_what_under_which_agreement(reviewed):
    waiting = reviewed.extract("harbor", columns=["age", "harm"], where=WHERE)
    (item,) = list_waiting(reviewed.context)
    assert (item.id, item.partner, item.agreement) == (waiting.id, "harbor", "harbor-2026")
    assert (item.purpose, item.dataset, item.policy) == ("research", "cases", "for-ngos")
    assert item.columns == ("age", "harm")
    assert sorted(item.where, key=str) == sorted(WHERE, key=str)


def test_an_officer_sees_beside_which_views_it_would_be_one_more(reviewed):
    first = reviewed.extract("harbor", columns=["age"])
    approve(reviewed.context, first.id, "olivia", "the first")
    waiting = reviewed.extract("harbor", columns=["age", "harm"], where=WHERE)
    (beside,) = shown(reviewed, waiting.id)["beside"]
    assert (beside["id"], beside["columns"], beside["state"]) == (first.id, ("age",), "ready")
    assert (beside["where"], beside["dataset"], beside["purpose"]) == ((), "cases", "research")
    assert f"beside     {first.id} (ready): cases for research: age" in told(reviewed, waiting.id)


def told(world, extract_id):
    """What a terminal says of it."""
    return [f"{name:10} {text}" for name, text in asked_rows(shown(world, extract_id))]


@pytest.mark.parametrize("chosen", ["csv", "parquet", "jsonl", "xlsx"])
def test_the_rows_shown_are_those_that_an_approval_releases(reviewed, chosen):
    waiting = reviewed.extract("harbor", format=chosen)
    rows = shown(reviewed, waiting.id)["made"]["rows"]
    approve(reviewed.context, waiting.id, "olivia", "read")
    left = reviewed.table("harbor", waiting.id, chosen).to_pylist()
    assert rows == [row | {"person_id": TOKEN} for row in left]
    assert {row["narrative"] for row in rows} == {LEFT}
    assert len(rows) == 40


def test_no_token_is_shown(reviewed):
    waiting = reviewed.extract("harbor")
    seen = json.dumps(shown(reviewed, waiting.id))
    approve(reviewed.context, waiting.id, "olivia", "read")
    tokens = reviewed.table("harbor", waiting.id)["person_id"].to_pylist()
    assert tokens
    assert not any(token in seen for token in tokens)


def test_no_more_rows_than_asked_for_are_shown_and_the_file_s_first(reviewed):
    waiting = reviewed.extract("harbor")
    whole = shown(reviewed, waiting.id)["made"]["rows"]
    assert shown(reviewed, waiting.id, rows=2)["made"]["rows"] == whole[:2]
    assert shown(reviewed, waiting.id, rows=0)["made"]["rows"] == []


def test_figures_say_how_people_are_protected_and_who_is_left_out(reviewed):
    reviewed.load([person(41, age="20", narrative=TOLD), person(42, consent="none")])
    made = shown(reviewed, reviewed.extract("harbor").id)["made"]
    assert (made["rows_in_file"], made["people_seen"], made["left_out"]) == (40, 41, 1)
    assert (made["left_out_by_search"], made["max_suppressed"]) == (1, 0.1)
    assert made["records_left_out"] == {"consent-stated": 1}
    assert made["protection"]["k"] == 3
    assert made["guarantee"] == "pseudonymized: still personal data"
    assert {one["name"]: one["level"] for one in made["columns"]}["age"] == "5-years"
    assert made["warnings"] == []


def test_more_left_out_by_l_than_max_suppressed_is_warned_of(world):
    world.apply(review=REVIEW)
    world.load(people(41, 50, age="71", harm="Labour"))
    made = shown(world, world.extract("harbor").id)["made"]
    assert (made["left_out"], made["left_out_by_search"]) == (10, 0)
    (warning,) = made["warnings"]
    assert "20% of the people are left out, more than the 10% of max_suppressed" in warning


def test_every_look_is_an_entry_that_names_the_officer(reviewed):
    waiting = reviewed.extract("harbor")
    before = len(reviewed.entries())
    shown(reviewed, waiting.id, rows=7, officer="Olivia")
    (looked,) = reviewed.entries()[before:]
    assert (looked["type"], looked["id"], looked["state"]) == ("review", waiting.id, "shown")
    assert (looked["officer"], looked["partner"], looked["rows"]) == ("Olivia", "harbor", 7)
    assert reviewed.state(waiting.id) == "in_review"


def test_nobody_looks_without_a_name_or_at_what_does_not_wait(reviewed):
    waiting = reviewed.extract("harbor")
    before = len(reviewed.entries())
    with pytest.raises(ConflictError):
        shown(reviewed, waiting.id, officer="  ")
    with pytest.raises(NotFoundError):
        shown(reviewed, "ext_absent")
    assert len(reviewed.entries()) == before
    refuse(reviewed.context, waiting.id, "marco", "no")
    with pytest.raises(ConflictError):
        shown(reviewed, waiting.id)


def test_changed_bytes_are_not_shown_and_the_look_is_no_entry(reviewed):
    waiting = reviewed.extract("harbor")
    file = folder_of(reviewed.context, waiting.id) / CONTENT
    sealed = bytearray(file.read_bytes())
    sealed[40] ^= 1
    file.write_bytes(sealed)
    before = len(reviewed.entries())
    with pytest.raises(SealedFileError):
        shown(reviewed, waiting.id)
    assert len(reviewed.entries()) == before


def test_what_an_approval_would_refuse_is_said_before(reviewed):
    waiting = reviewed.extract("harbor")
    assert shown(reviewed, waiting.id)["objections"] == []
    reviewed.apply(review=REVIEW, narrative=REDACT, k="k: 3 -> k: 4")
    assert "permission ended" in shown(reviewed, waiting.id)["objections"][0]
    suspend_partner(reviewed.context, "harbor")
    assert "is suspended" in shown(reviewed, waiting.id)["objections"][0]
    assert approve(reviewed.context, waiting.id, "olivia", "yes") == "refused"


def test_where_nothing_safe_could_be_made_there_is_nothing_to_show(world):
    world.apply(review=REVIEW, k="k: 3 -> k: 50", minors="k: 5} -> k: 50}")
    seen = shown(world, world.extract("harbor").id)
    assert seen["made"] is None
    assert "No form of cases" in seen["objections"][0]
