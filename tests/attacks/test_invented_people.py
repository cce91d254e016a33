"""Invented records: a partner that submits hides a victim's class by them, or looks people up.

So an extract is made as if its recipient had given nothing. The controls let its records in.
"""

from __future__ import annotations

import json

import ibis
import pytest

from gateway.errors import ExpiredError
from gateway.lake import selection, stages, standing
from gateway.releases import manifest_bytes
from gateway.reviews import approve
from tests.small_homes import POLICY, people, person

TERMS = {"dataset": "cases", "starts": "2026-01-01", "ends": "2026-12-31"}
GIVES = {"agreement": "harbor-gives", "submits": True, **TERMS}
ASKS = {"agreement": "harbor-asks", "policy": "for-ngos", "purposes": ["research"], **TERMS}
VICTIM = [{"column": "state", "in": ["AK"]}]
HISTORIES = "  max_records_per_person: 3\n  sequence: [reported_on]\n"
MEMBERS, STRANGERS = range(1, 13), range(201, 213)


@pytest.fixture
def submits(world):
    """A home in which Harbor asks and gives."""
    world.partner("harbor", agreements=[GIVES, ASKS])
    return world


def let_own_records_in(monkeypatch):
    """Take what the recipient gave for what anybody gave."""
    monkeypatch.setattr(stages, "given_by", lambda *_: ibis.literal(value=False))


def surround_a_victim(world, invented=None):
    """Put one victim into Alaska, and ten people around that nobody but Harbor knows."""
    world.load([person(50, state="AK", harm="Marriage")])
    world.load(invented or people(60, 69, state="AK"), contributor="harbor")


def harms(world, made):
    return [row["harm"] for row in world.table("harbor", made.id).to_pylist()]


def test_a_victim_among_invented_people_does_not_leave(submits):
    surround_a_victim(submits)
    assert submits.extract("harbor", where=VICTIM).state == "refused"


def test_control_a_victim_leaves_where_invented_people_count(submits, monkeypatch):
    surround_a_victim(submits)
    let_own_records_in(monkeypatch)
    made = submits.extract("harbor", where=VICTIM)
    assert made.state == "ready"
    assert "Marriage" in harms(submits, made)


def test_records_in_the_names_of_real_people_hide_nobody_either(submits):
    """Harbor knows ten real ids, and says of them what it knows of the victim."""
    surround_a_victim(submits, people(1, 10, state="AK", harm="Labour"))
    assert submits.extract("harbor", where=VICTIM).state == "refused"


def test_for_another_partner_harbor_s_people_are_people(submits):
    """What a contributor and a recipient do together isn't held off; SECURITY.md says so."""
    surround_a_victim(submits)
    made = submits.extract("lantern", where=VICTIM)
    assert made.state == "ready"
    assert submits.table("lantern", made.id).num_rows == 11


def ask_who_is_there(world):
    """Send a marked record under each id; say of which ids the mark is missing in the extract."""
    world.declare_notes(*(f"mark {number}" for number in (*MEMBERS, *STRANGERS)))
    marked = [
        person(number, case_id=f"planted-{number}", note=f"mark {number}")
        for number in (*MEMBERS, *STRANGERS)
    ]
    world.load(marked, contributor="harbor")
    there = {row["note"] for row in world.rows("harbor")}
    return {number for number in (*MEMBERS, *STRANGERS) if f"mark {number}" not in there}


def test_nobody_learns_who_is_in_the_data_by_sending_records(submits):
    missing = ask_who_is_there(submits)
    assert missing == {*MEMBERS, *STRANGERS}


def test_control_records_that_are_let_in_tell_members_from_strangers(submits, monkeypatch):
    let_own_records_in(monkeypatch)
    assert ask_who_is_there(submits) == {*MEMBERS}


def open_a_history(world):
    """Send marked records under real ids; return what else leaves under their tokens."""
    world.declare_notes("mark")
    world.apply(POLICY.replace("  minors:", f"{HISTORIES}  minors:").replace("l: {harm: 2}, ", ""))
    planted = [person(number, case_id=f"planted-{number}", note="mark") for number in MEMBERS]
    world.load(planted, contributor="harbor")
    rows = world.rows("harbor")
    marked = {row["person_id"] for row in rows if row["note"] == "mark"}
    return [row for row in rows if row["person_id"] in marked and row["note"] != "mark"]


def test_a_planted_record_opens_nobody_s_history(submits):
    assert open_a_history(submits) == []


def test_control_a_planted_record_that_is_let_in_opens_one(submits, monkeypatch):
    let_own_records_in(monkeypatch)
    assert open_a_history(submits)


def let_own_statements_count(monkeypatch):
    """Hold downloads and ends against what the recipient says, as against what others say."""
    for room in (standing, selection):
        monkeypatch.setattr(room, "said_by_others", lambda said, _partner: said)
    monkeypatch.setattr(selection, "given_by", lambda *_: ibis.literal(value=False))


def take_back(world, number):
    """Say of one id that its consent was taken back; return whether Harbor's file still leaves."""
    made = world.extract("harbor")
    world.load([person(number, case_id="said", consent="none")], contributor="harbor")
    try:
        world.content("harbor", made.id)
    except ExpiredError:
        return False
    return True


@pytest.mark.parametrize("number", [1, 201])
def test_a_download_does_not_tell_whose_consent_harbor_takes_back(submits, number):
    assert take_back(submits, number)


@pytest.mark.parametrize(("number", "leaves"), [(1, False), (201, True)])
def test_control_a_download_that_ends_tells_members(submits, monkeypatch, number, leaves):
    let_own_statements_count(monkeypatch)
    assert take_back(submits, number) is leaves


def test_what_harbor_takes_back_ends_everybody_else_s_download(submits):
    made = submits.extract("lantern")
    submits.load([person(1, case_id="said", consent="none")], contributor="harbor")
    with pytest.raises(ExpiredError):
        submits.content("lantern", made.id)


def say_an_end(world, number):
    """Give a consent of one id that ends soon; return the day until which Harbor may keep it."""
    said = person(number, case_id="said", consent_ends="2026-08-09")
    world.load([said], contributor="harbor")
    made = world.extract("harbor")
    release = made.id.replace("ext_", "rel_")
    return json.loads(manifest_bytes(world.context, "harbor", release))["delete_by"]


@pytest.mark.parametrize("number", [1, 201])
def test_the_day_of_deletion_does_not_tell_whose_consent_ends(submits, number):
    assert say_an_end(submits, number) > "2026-08-09"


@pytest.mark.parametrize(("number", "told"), [(1, True), (201, False)])
def test_control_a_day_of_deletion_tells_members(submits, monkeypatch, number, told):
    let_own_statements_count(monkeypatch)
    assert (say_an_end(submits, number) <= "2026-08-09") is told


def test_nothing_that_harbor_sends_changes_what_it_gets(submits):
    """Tokens included; from the second view on an officer decides, who approves here."""
    before = submits.rows("harbor")
    submits.load(people(1, 12, state="AK", note="note 1"), contributor="harbor")
    submits.load(people(60, 69, age="41", harm="Marriage"), contributor="harbor")
    asked = submits.extract("harbor")
    assert asked.state == "in_review"
    assert approve(submits.context, asked.id, "olivia", "the same people") == "ready"
    after = submits.table("harbor", asked.id).to_pylist()
    assert by_token(after) == by_token(before)


def by_token(rows):
    return sorted(rows, key=lambda row: row["person_id"])
