from __future__ import annotations

from functools import partial

import pytest

from gateway.corridor import make
from gateway.releases import settle
from gateway.reviews import approve, refuse
from tests.racing import at_once
from tests.small_homes import as_csv, people, person

OTHER_VIEWS = {
    "filter": {"where": [{"column": "age", "in": ["30-34"]}]},
    "columns": {"columns": ["age", "harm"]},
    "purpose": {"purpose": "planning"},
}


@pytest.mark.parametrize("change", OTHER_VIEWS)
def test_a_second_view_of_a_dataset_waits_for_an_officer(shared, partner, change):
    assert shared.extract(partner).state == "ready"
    assert shared.extract(partner, **OTHER_VIEWS[change]).state == "in_review"


def test_a_view_that_waits_counts_like_one_that_left(shared, partner):
    shared.extract(partner)
    waiting = shared.extract(partner, columns=["age"])
    refuse(shared.context, waiting.id, "olivia", "no")
    assert shared.extract(partner, columns=["state"]).state == "in_review"


def test_a_view_that_an_officer_refused_was_never_held(shared, partner):
    shared.apply(review="retention_days: 365 -> retention_days: 365\nreview: {extract: 1}")
    waiting = shared.extract(partner)
    refuse(shared.context, waiting.id, "olivia", "no")
    shared.apply()
    assert shared.extract(partner, columns=["age"]).state == "ready"


def test_what_another_partner_holds_is_no_view_of_this_one(shared, partner):
    shared.extract(partner)
    other = shared.partner(f"{partner}-other")
    assert shared.extract(other, columns=["age"]).state == "ready"


@pytest.mark.parametrize(
    ("group", "state"), [("\nbudget_group: hotline", "in_review"), ("", "ready")]
)
def test_a_dataset_of_the_same_people_is_a_second_view_of_them(world, group, state):
    """Month by month from one, the same people year by year from the other; control: strangers."""
    world.declare(group=f"record_key: [case_id] -> record_key: [case_id]{group}")
    world.declare(name=f"dataset: cases -> dataset: others{group}")
    world.apply(
        name="policy: for-ngos -> policy: others-for-ngos",
        of="dataset: cases -> dataset: others",
        months="from: month -> from: year",
    )
    file = world.folder / "others.csv"
    file.write_text(as_csv(people(1, 40)))
    world.load_file(file, "others")
    days = {"purposes": ["research"], "starts": "2026-01-01", "ends": "2026-12-31"}
    both = [
        {"agreement": "a", "dataset": "cases", "policy": "for-ngos", **days},
        {"agreement": "b", "dataset": "others", "policy": "others-for-ngos", **days},
    ]
    world.partner("harbor", agreements=both)
    assert world.extract("harbor").state == "ready"
    assert world.extract("harbor", dataset="others").state == state


def test_a_view_under_another_policy_version_waits(world):
    world.extract("harbor")
    world.apply(k="k: 3, l: -> k: 4, l:")
    assert world.extract("harbor").state == "in_review"


def test_a_view_under_another_agreement_waits(world):
    world.extract("harbor")
    world.partner("harbor", agreement={"agreement": "harbor-again"})
    assert world.extract("harbor").state == "in_review"


def test_a_view_of_another_snapshot_waits(world):
    world.extract("harbor")
    world.load(people(41, 60))
    assert world.extract("harbor").state == "in_review"


def test_loading_another_dataset_leaves_a_view_the_same(world):
    first = world.extract("harbor")
    world.declare(name="dataset: cases -> dataset: others")
    file = world.folder / "others.csv"
    file.write_text(as_csv(people(1, 5)))
    world.load_file(file, "others")
    assert world.ask("harbor").id == first.id


def test_an_expired_view_was_held_once(world):
    world.extract("harbor")
    world.clock.move(days=40)
    from gateway.housekeeping import expire_overdue

    assert expire_overdue(world.context) == 1
    assert world.extract("harbor", columns=["age"]).state == "in_review"


def test_the_same_request_may_be_made_again_after_its_download_ended(world):
    first = world.extract("harbor")
    rows = world.table("harbor", first.id).to_pylist()
    world.clock.move(days=40)
    from gateway.housekeeping import expire_overdue

    expire_overdue(world.context)
    again = world.extract("harbor")
    assert (again.state, again.id != first.id) == ("ready", True)
    assert world.table("harbor", again.id).to_pylist() == rows


def test_the_same_request_waits_when_a_persons_consent_ended_meanwhile(world):
    """The difference of the two files would be that person."""
    world.load([person(41, consent_ends="2026-07-10")])
    first = world.extract("harbor")
    assert world.table("harbor", first.id).num_rows == 41
    world.clock.move(days=20)
    assert world.extract("harbor", format="parquet").state == "in_review"


def test_the_same_request_waits_when_a_contributor_took_back_what_it_allowed(world):
    world.contributor("shelter")
    world.load([person(41)], contributor="shelter")
    world.extract("harbor")
    world.contributor("shelter", consent_max="none")
    assert world.extract("harbor", format="parquet").state == "in_review"


def test_the_same_request_waits_when_its_tokens_would_be_new_ones(world):
    """Rows match by what they hold, so that new tokens beside old ones join two epochs."""
    world.partner("harbor", agreement={"ends": "2027-12-31"})
    world.extract("harbor")
    world.clock.move(days=200)
    assert world.extract("harbor", format="parquet").state == "in_review"


def test_two_views_settled_at_once_leave_one_of_them_waiting(shared, partner):
    asked = [shared.ask(partner).id, shared.ask(partner, columns=["age"]).id]
    for extract_id in asked:
        make(shared.context, extract_id)
    states = at_once(*(partial(settle, shared.context, extract_id) for extract_id in asked))
    assert sorted(map(str, states)) == ["in_review", "settled"]


def test_the_manifest_says_that_officers_saw_a_second_view(shared, partner):
    import json

    from gateway.releases import manifest_bytes

    shared.extract(partner)
    second = shared.extract(partner, columns=["age"])
    assert approve(shared.context, second.id, "olivia", "checked") == "ready"
    release = second.id.replace("ext_", "rel_")
    manifest = json.loads(manifest_bytes(shared.context, partner, release))
    assert manifest["guard"] == {"reviewed_as_second_view": True}
    assert [vote["officer"] for vote in manifest["approvals"]] == ["olivia"]
