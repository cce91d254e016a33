from __future__ import annotations

import pytest
from sqlmodel import select

from gateway import loading
from gateway.corridor import make
from gateway.housekeeping import keep_house
from gateway.loading import settle_submission
from gateway.outcomes import folder_of
from gateway.recovery import recover
from gateway.releases import settle
from gateway.reviews import refuse
from gateway.store.engine import reading, writing
from gateway.store.tables import Release, Submission
from tests.small_homes import people


def loads(world):
    with reading(world.context.store) as session:
        rows = session.exec(select(Submission).order_by(Submission.sequence)).all()
    return [row.state for row in rows]


def stopped_before_settling(world, monkeypatch):
    """Load until the data is in the lake, and stop there."""

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(loading, "settle_submission", killed)
        stopping.setattr(loading, "_fail", lambda *_args: None)
        with pytest.raises(KeyboardInterrupt):
            world.load(people(41, 50))


def test_a_load_that_reached_the_lake_is_accepted_with_its_entry(world, monkeypatch):
    stopped_before_settling(world, monkeypatch)
    assert loads(world) == ["accepted", "received"]
    recover(world.context)
    assert loads(world) == ["accepted", "accepted"]
    assert len(world.entries("submission")) == 2
    assert world.context.lake.count("cases")[1] == 50
    recover(world.context)
    assert len(world.entries("submission")) == 2


def test_a_load_that_did_not_reach_the_lake_never_happened(world):
    with writing(world.context.store) as session:
        session.add(
            Submission(
                id="sub_" + "0" * 20,
                dataset="cases",
                contributor="",
                source_sha256="0" * 64,
                mode="append",
                state="received",
                sequence=99,
                received_at=world.context.clock.timestamp(),
            )
        )
    recover(world.context)
    assert loads(world) == ["accepted", "failed"]
    assert len(world.entries("submission")) == 1
    settle_submission(world.context, "sub_" + "0" * 20, 1, None)  # a late worker changes nothing
    assert loads(world) == ["accepted", "failed"]


def test_what_was_settled_is_published_when_the_home_is_opened(world):
    asked = world.ask("harbor")
    make(world.context, asked.id)
    settle(world.context, asked.id)
    assert world.state(asked.id) == "settled"
    recover(world.context)
    assert world.state(asked.id) == "ready"
    assert world.table("harbor", asked.id).num_rows == 40
    with reading(world.context.store) as session:
        assert session.exec(select(Release)).one().published


def test_what_was_on_its_way_stays_and_goes_on(world):
    asked = world.ask("harbor")
    make(world.context, asked.id)
    before = sorted(path.name for path in folder_of(world.context, asked.id).iterdir())
    recover(world.context)
    assert sorted(path.name for path in folder_of(world.context, asked.id).iterdir()) == before
    assert world.work(asked.id) == "ready"


def test_files_that_nothing_opens_any_more_are_deleted(world):
    world.apply(review="retention_days: 365 -> retention_days: 365\nreview: {extract: 1}")
    refused = world.extract("harbor")
    refuse(world.context, refused.id, "olivia", "no")
    world.apply()
    ready = world.extract("harbor")
    orphan = world.context.home.releases_dir / "ext_nobody"
    orphan.mkdir()
    (orphan / "content").write_bytes(b"?")
    recover(world.context)
    left = {path.name for path in world.context.home.releases_dir.iterdir()}
    assert left == {ready.id}
    world.clock.move(days=40)
    keep_house(world.context)
    recover(world.context)
    assert [path.name for path in folder_of(world.context, ready.id).iterdir()] == ["classes"]
