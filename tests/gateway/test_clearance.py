"""Local extracts meet nobody twice; what is told of it is told as "nothing safe" is."""

from __future__ import annotations

import json
from functools import partial

import pytest

from gateway import clearance
from gateway.corridor import make
from gateway.housekeeping import expire_overdue
from gateway.releases import manifest_bytes, settle
from gateway.reviews import approve
from gateway.waiting import list_waiting
from tests.racing import at_once
from tests.small_homes import POLICY, people

LOCAL = "max_suppressed: 0.1 -> max_suppressed: 0.1, recoding: local"
YOUNGER = [{"column": "age", "in": ["30-34"]}]
OLDER = [{"column": "age", "in": ["40-44"]}]


@pytest.fixture
def local(world):
    """A home whose NGOs get local extracts."""
    world.apply(recoding=LOCAL)
    return world


def of_other_policy(world, name):
    """Add a partner under a policy with one level for each column."""
    world.apply(POLICY, name="policy: for-ngos -> policy: on-levels")
    return world.partner(name, agreement={"policy": "on-levels"})


def reasons(extract):
    return [reason.rule for reason in extract.reasons]


def test_the_first_local_extract_leaves_and_says_what_it_is(local):
    made = local.extract("harbor")
    assert made.state == "ready"
    manifest = json.loads(manifest_bytes(local.context, "harbor", made.release_id))
    assert manifest["protection"]["recoding"] == "local"
    assert any("levels of its own" in limit for limit in manifest["limits"])
    assert local.table("harbor", made.id).num_rows == 40


def test_no_second_one_leaves_on_the_same_people_whoever_asks(local):
    local.extract("harbor")
    waiting = local.extract("lantern")
    assert waiting.state == "in_review"
    assert approve(local.context, waiting.id, "olivia", "let it go") == "refused"
    assert local.entries("refusal")[-1]["rules"] == ["nothing-safe"]


def test_a_release_on_levels_stands_in_the_way_as_well(local):
    assert local.extract(of_other_policy(local, "quay")).state == "ready"
    refused = local.extract("harbor")
    assert (refused.state, reasons(refused)) == ("refused", ["nothing-safe"])


def test_it_is_told_as_nothing_safe_is(local):
    local.extract(of_other_policy(local, "quay"))
    overlapping = local.extract("harbor")
    local.apply(recoding=LOCAL, k="k: 3, l: -> k: 50, l:", minors="k: 5} -> k: 50}")
    unsafe = local.extract("lantern")
    assert overlapping.reasons == unsafe.reasons
    assert (overlapping.state, overlapping.progress) == (unsafe.state, unsafe.progress)
    assert local.ask("harbor", columns=["age"]).state == "queued"
    assert local.extract("harbor", columns=["age"]).state == "in_review"


def test_other_people_may_have_theirs_after_an_officer_saw_it(local):
    local.extract("harbor", where=YOUNGER)
    waiting = local.extract("lantern", where=OLDER)
    assert waiting.state == "in_review"
    assert [item.overlaps for item in list_waiting(local.context)] == [()]
    assert approve(local.context, waiting.id, "olivia", "other people") == "ready"


def test_after_a_release_on_levels_other_people_need_no_officer(local):
    assert local.extract(of_other_policy(local, "quay"), where=YOUNGER).state == "ready"
    assert local.extract("harbor", where=OLDER).state == "ready"


def test_after_a_local_one_every_other_waits_whether_or_not_people_are_the_same(local):
    first = local.extract("harbor", where=YOUNGER)
    quay = of_other_policy(local, "quay")
    states = [local.extract(quay, where=where).state for where in (YOUNGER, OLDER)]
    assert states == ["in_review", "in_review"]
    met = {item.overlaps for item in list_waiting(local.context)}
    assert met == {(first.release_id,), ()}


def test_the_same_request_returns_its_bytes_and_may_have_another_format(local):
    first = local.extract("harbor")
    assert local.ask("harbor").id == first.id
    assert local.extract("harbor", format="parquet").state == "ready"


def test_an_expired_release_was_held_once(local):
    local.extract("harbor")
    local.clock.move(days=40)
    assert expire_overdue(local.context) == 1
    waiting = local.extract("lantern")
    assert approve(local.context, waiting.id, "olivia", "so long ago") == "refused"


def test_a_person_more_is_another_extract(local):
    local.extract("harbor")
    local.load(people(41, 44))
    waiting = local.extract("harbor")
    assert approve(local.context, waiting.id, "olivia", "look") == "refused"


def test_two_of_them_settled_at_once_leave_one_behind(local):
    asked = [local.ask(name).id for name in ("harbor", "lantern")]
    for extract_id in asked:
        make(local.context, extract_id)
    states = at_once(*(partial(settle, local.context, extract_id) for extract_id in asked))
    assert sorted(map(str, states)) == ["in_review", "settled"]
    (waiting,) = list_waiting(local.context)
    assert waiting.overlaps == ()  # when it was made, nothing had left
    assert approve(local.context, waiting.id, "olivia", "look") == "refused"


def test_other_people_who_left_meanwhile_are_in_nobodys_way(local):
    asked = local.ask("harbor", where=YOUNGER).id
    make(local.context, asked)
    assert local.extract(of_other_policy(local, "quay"), where=OLDER).state == "ready"
    assert settle(local.context, asked) == "settled"


def test_a_ledger_that_cannot_be_opened_clears_nothing(local, monkeypatch):
    local.extract(of_other_policy(local, "quay"), where=YOUNGER)
    monkeypatch.setattr(clearance, "_same_names", lambda *_: False)
    assert local.extract("harbor", where=OLDER).state == "refused"


GROUPED = "privacy_unit: person_id -> privacy_unit: person_id\nbudget_group: all-cases"


@pytest.mark.parametrize(
    ("grouped", "states"), [(True, ["ready", "refused"]), (False, ["ready", "ready"])]
)
def test_datasets_of_a_budget_group_share_their_people(world, grouped, states):
    group = {"group": GROUPED} if grouped else {}
    world.declare(**group)
    world.declare(name="dataset: cases -> dataset: others", **group)
    file = world.folder / "others.csv"
    file.write_text((world.folder / "load-1.csv").read_text() if world.loads else as_file(world))
    world.load_file(file, "others")
    world.apply(
        name="policy: for-ngos -> policy: for-others",
        dataset="dataset: cases -> dataset: others",
        recoding=LOCAL,
    )
    world.partner("quay", agreement={"dataset": "others", "policy": "for-others"})
    made = [world.extract("harbor").state, world.extract("quay", dataset="others").state]
    assert made == states


def as_file(world):
    from tests.small_homes import as_csv

    return as_csv(people(1, 40))
