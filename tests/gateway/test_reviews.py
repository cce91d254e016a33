from __future__ import annotations

import json

import pytest
from sqlmodel import select

from gateway.declarations import suspend_partner
from gateway.errors import ConflictError, NotFoundError
from gateway.extracts import view_extract
from gateway.releases import manifest_bytes
from gateway.reviews import approve, refuse
from gateway.store.engine import reading
from gateway.store.tables import ReviewVote
from gateway.waiting import list_waiting
from tests.racing import at_once

TWO_OFFICERS = "retention_days: 365 -> retention_days: 365\nreview: {extract: 2}"


@pytest.fixture(scope="module")
def reviewed(shared):
    """The shared home under a policy that wants two officers."""
    shared.apply(review=TWO_OFFICERS)
    return shared


def logged(world, extract_id):
    return [entry for entry in world.entries("review") if entry["id"] == extract_id]


def test_a_policy_with_review_holds_the_bytes(reviewed, partner):
    waiting = reviewed.extract(partner)
    assert (waiting.state, waiting.release_id) == ("in_review", None)
    with pytest.raises(ConflictError):
        reviewed.content(partner, waiting.id)
    listed = [item for item in list_waiting(reviewed.context) if item.id == waiting.id]
    assert [(item.partner, item.approvals, item.needed) for item in listed] == [(partner, 0, 2)]


def test_two_officers_release_what_one_does_not(reviewed, partner):
    waiting = reviewed.extract(partner)
    assert approve(reviewed.context, waiting.id, "olivia", "fits the agreement") == "in_review"
    assert approve(reviewed.context, waiting.id, "marco", "so it does") == "ready"
    assert reviewed.table(partner, waiting.id).num_rows == 40
    release = view_extract(reviewed.context, partner, waiting.id).release_id
    manifest = json.loads(manifest_bytes(reviewed.context, partner, release))
    assert [vote["officer"] for vote in manifest["approvals"]] == ["olivia", "marco"]
    assert manifest["guard"] == {"reviewed_as_second_view": False}


@pytest.mark.parametrize(
    "name",
    [
        "olivia",
        "Olivia",
        " olivia ",
        "oliv\u00adia",
        "olivia\u200b",
        "\x08olivia",
        "\uff4flivia",
    ],
)
def test_the_same_officer_counts_once_however_the_name_is_written(reviewed, partner, name):
    waiting = reviewed.extract(partner)
    approve(reviewed.context, waiting.id, "olivia", "yes")
    with pytest.raises(ConflictError):
        approve(reviewed.context, waiting.id, name, "yes again")
    with pytest.raises(ConflictError):
        refuse(reviewed.context, waiting.id, name, "no, rather")
    assert reviewed.state(waiting.id) == "in_review"


def test_nobody_votes_without_a_name(reviewed, partner):
    waiting = reviewed.extract(partner)
    for name in ("", "  "):
        with pytest.raises(ConflictError):
            approve(reviewed.context, waiting.id, name, "yes")


def test_the_same_officer_twice_at_once_counts_once(reviewed, partner):
    waiting = reviewed.extract(partner)
    votes = at_once(*[lambda: approve(reviewed.context, waiting.id, "olivia", "yes")] * 3)
    outcomes = ["conflict" if isinstance(vote, ConflictError) else vote for vote in votes]
    assert sorted(map(str, outcomes)) == ["conflict", "conflict", "in_review"]


def test_one_officer_refuses_and_the_bytes_can_never_be_opened(reviewed, partner):
    waiting = reviewed.extract(partner)
    approve(reviewed.context, waiting.id, "olivia", "yes")
    assert refuse(reviewed.context, waiting.id, "marco", "too fine for this partner") == "refused"
    seen = view_extract(reviewed.context, partner, waiting.id)
    assert [reason.rule for reason in seen.reasons] == ["review-refused"]
    assert reviewed.row(waiting.id).sealed_outcome is None
    with pytest.raises(ConflictError):
        approve(reviewed.context, waiting.id, "nora", "let it go")
    assert reviewed.ask(partner).id != waiting.id


def test_every_act_is_an_entry_with_the_officer_and_without_the_reason(reviewed, partner):
    waiting = reviewed.extract(partner)
    approve(reviewed.context, waiting.id, "olivia", "I know this woman")
    refuse(reviewed.context, waiting.id, "marco", "no")
    entries = logged(reviewed, waiting.id)
    assert [entry["state"] for entry in entries] == ["requested", "approve", "refuse"]
    assert [entry.get("officer") for entry in entries] == [None, "olivia", "marco"]
    assert "woman" not in json.dumps(entries)


def test_a_reason_lies_sealed_in_the_store(reviewed, partner):
    waiting = reviewed.extract(partner)
    approve(reviewed.context, waiting.id, "olivia", "I know this woman")
    with reading(reviewed.context.store) as session:
        vote = session.exec(select(ReviewVote).where(ReviewVote.extract_id == waiting.id)).one()
    assert b"woman" not in vote.sealed_reason


def test_what_does_not_wait_can_be_neither_approved_nor_refused(reviewed, partner):
    asked = reviewed.ask(partner)
    for decide in (approve, refuse):
        with pytest.raises(ConflictError):
            decide(reviewed.context, asked.id, "olivia", "now")
        with pytest.raises(NotFoundError):
            decide(reviewed.context, "ext_none", "olivia", "now")


def test_an_approval_that_came_too_late_releases_nothing(world):
    world.apply(review=TWO_OFFICERS)
    waiting = world.extract("harbor")
    approve(world.context, waiting.id, "olivia", "yes")
    world.clock.move(days=200)  # the agreement has ended
    assert approve(world.context, waiting.id, "marco", "yes") == "refused"
    assert world.entries("release") == []


def test_an_approval_for_a_suspended_partner_releases_nothing(world):
    world.apply(review="retention_days: 365 -> retention_days: 365\nreview: {extract: 1}")
    waiting = world.extract("harbor")
    suspend_partner(world.context, "harbor")
    assert approve(world.context, waiting.id, "olivia", "yes") == "refused"
    assert world.entries("release") == []
