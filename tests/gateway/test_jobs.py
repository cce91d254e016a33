from __future__ import annotations

import dataclasses
import time

import pytest
import sqlalchemy

from gateway import jobs
from gateway.errors import LakeError, WeirError
from gateway.jobs import enqueue_left_over, running_jobs
from gateway.store.engine import writing
from gateway.store.tables import Extract

DONE = ("ready", "in_review", "refused", "failed")


def wait(world, extract_id):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if world.state(extract_id) in DONE:
            return world.state(extract_id)
        time.sleep(0.05)
    raise AssertionError(f"{extract_id} is still {world.state(extract_id)}")


def at_work(world, context):
    return dataclasses.replace(world, context=context)


def test_a_request_is_made_in_the_background(world):
    with running_jobs(world.context) as context:
        asked = at_work(world, context).ask("harbor")
        assert wait(world, asked.id) == "ready"
    assert len(world.entries("release")) == 1


def test_what_is_enqueued_again_is_made_once(world, monkeypatch):
    made, make = [], jobs.make
    monkeypatch.setattr(jobs, "make", lambda *args: (made.append(args[1]), make(*args)))
    with running_jobs(world.context) as context:
        asked = at_work(world, context).ask("harbor")
        for _ in range(3):
            context.queue.enqueue(asked.id)
        enqueue_left_over(context)
        assert wait(world, asked.id) == "ready"
    assert made == [asked.id]


def test_what_was_asked_while_no_gateway_ran_is_made_at_the_next_start(world):
    asked = world.ask("harbor")
    with running_jobs(world.context):
        assert wait(world, asked.id) == "ready"


def test_work_that_failed_says_so_and_may_be_asked_for_again(world, monkeypatch):
    def fails(*_args):
        raise LakeError("the lake broke")

    from gateway import corridor

    with running_jobs(world.context) as context:
        working = at_work(world, context)
        with monkeypatch.context() as broken:
            broken.setattr(corridor, "protect", fails)
            asked = working.ask("harbor")
            assert wait(world, asked.id) == "failed"
        assert "lake" in world.row(asked.id).reasons
        again = working.ask("harbor")
        assert again.id != asked.id
        assert wait(world, again.id) == "ready"


def test_a_settling_that_failed_is_done_again_after_a_restart(world, monkeypatch):
    def fails(*_args):
        raise WeirError("no room for the entry")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "settle", fails)
        with running_jobs(world.context) as context:
            asked = at_work(world, context).ask("harbor")
            deadline = time.monotonic() + 30
            while world.row(asked.id).sealed_outcome is None and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.3)
    assert world.state(asked.id) == "running"
    world.context.stopping.clear()
    with running_jobs(world.context):
        assert wait(world, asked.id) == "ready"
    assert len(world.entries("release")) == 1


def test_only_ids_pass_through_the_list_of_steps(world):
    with running_jobs(world.context) as context:
        ages = [{"column": "age", "in": ["30-34"]}]
        asked = at_work(world, context).ask("harbor", where=ages)
        assert wait(world, asked.id) == "ready"
    raw = world.context.home.jobs_file.read_bytes()
    wal = world.context.home.jobs_file.with_name("jobs.sqlite-wal")
    raw += wal.read_bytes() if wal.exists() else b""
    assert asked.id.encode() in raw
    for word in (b"30-34", b"harbor", b"cases", b"research"):
        assert word not in raw


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_jobs_are_beside_a_store_on_postgresql_whatever_driver_is_named(
    world, postgres_url, monkeypatch, driver
):
    url = postgres_url.replace("postgresql", driver)
    monkeypatch.setenv("WEIR_STORE_URL", url)
    with running_jobs(world.context) as context:
        asked = at_work(world, context).ask("harbor")
        assert wait(world, asked.id) == "ready"
    assert not world.context.home.jobs_file.exists()
    engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        counted = sqlalchemy.text("SELECT count(*) FROM dbos.workflow_status")
        assert connection.execute(counted).scalar() == 1
    engine.dispose()


def test_jobs_never_share_a_file_with_a_store_on_sqlite(world, monkeypatch):
    """A writing transaction of the store would hold every job up."""
    elsewhere = world.folder / "store-elsewhere.sqlite"
    monkeypatch.setenv("WEIR_STORE_URL", f"sqlite:///{elsewhere}")
    with running_jobs(world.context) as context:
        asked = at_work(world, context).ask("harbor")
        with writing(world.context.store) as session:
            session.get_one(Extract, asked.id)
        assert wait(world, asked.id) == "ready"
    assert world.context.home.jobs_file.exists()
    assert not elsewhere.exists()
