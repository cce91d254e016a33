"""Erasing on schedule: when it is due, what it leaves, and that it goes on after a crash."""

from __future__ import annotations

import pytest
from sqlmodel import select

from gateway import erasing
from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.erasing import erase_due, erase_now
from gateway.errors import ConflictError, IntegrityError, LakeError
from gateway.housekeeping import keep_house
from gateway.lake.snapshots import read_snapshot
from gateway.releases import show_release
from gateway.restoring import restore_home
from gateway.store.engine import reading
from gateway.store.tables import BackupFile, Erasure, Submission, Withdrawal
from gateway.withdrawal_decisions import approve_withdrawal, list_withdrawals, waiting_items
from gateway.withdrawals import withdraw
from tests.small_homes import people, person

VALUE = "person-55"


def silent(text, share):
    del text, share


@pytest.fixture
def giving(world):
    world.contributor("giver")
    world.load(people(51, 58), contributor="giver")
    return world


def take(world, value=VALUE):
    body = {"dataset": "cases", "person": {"domain": "person", "value": value}}
    return withdraw(world.context, "giver", body)


def row_of(world, withdrawal):
    with reading(world.context.store) as session:
        return session.get_one(Withdrawal, withdrawal.id)


def runs(world):
    with reading(world.context.store) as session:
        return session.exec(select(Erasure)).all()


def test_nothing_is_erased_before_its_day(giving):
    view = take(giving)
    giving.clock.move(days=29, hours=23)
    keep_house(giving.context)
    assert (row_of(giving, view).state, runs(giving)) == ("withdrawn", [])
    giving.clock.move(hours=1)
    keep_house(giving.context)
    row = row_of(giving, view)
    assert (row.state, row.sealed_target, row.sealed_roots) == ("erased", None, None)
    assert [run.done_at is not None for run in runs(giving)] == [True]
    states = [entry["state"] for entry in giving.entries("withdrawal")]
    assert states == ["withdrawn", "erased"]


def test_several_are_erased_in_one_run_and_a_dataset_goes_on_under_its_snapshot(giving):
    for value in (VALUE, "person-56"):
        take(giving, value)
    made = giving.extract("harbor")
    snapshot = giving.context.lake.dataset_snapshot("cases")
    assert erase_now(giving.context, silent)["erased"] == 2
    assert erase_now(giving.context, silent)["erased"] == 0
    assert giving.context.lake.dataset_snapshot("cases") == snapshot
    assert giving.extract("harbor").id == made.id  # the same request on the same data
    assert giving.table("harbor", made.id).num_rows == 46
    assert len(giving.rows("lantern")) == 46
    giving.load(people(61, 62))
    assert giving.context.lake.dataset_snapshot("cases") > snapshot
    assert len(giving.rows(giving.partner("willow"))) == 48
    assert len(runs(giving)) == 1
    assert check_everything(giving.context)["broken"] == []


def test_what_was_before_can_not_be_read_or_made_again(giving):
    made = giving.extract("harbor")
    assert show_release(giving.context, made.release_id)["replay_ended"] is None
    document = giving.context.registry.dataset("cases").document
    before = giving.context.lake.dataset_snapshot("cases")
    asked = giving.ask("lantern")
    take(giving)
    erase_now(giving.context, silent)
    with giving.context.lake.engine() as backend, pytest.raises(LakeError, match="erased"):
        read_snapshot(backend, giving.context.lake, document, before)
    assert show_release(giving.context, made.release_id)["replay_ended"] is not None
    with pytest.raises(Exception, match="LakeError"):
        giving.work(asked.id)
    assert giving.state(asked.id) == "failed"
    after = giving.extract("harbor", columns=["age", "harm"])
    assert after.state in ("ready", "in_review")


def test_an_officer_decides_also_after_erasing(giving):
    giving.load([person(83, person_id=VALUE)])
    view = take(giving)
    erase_now(giving.context, silent)
    assert row_of(giving, view).sealed_target is None
    approve_withdrawal(giving.context, view.id, "olivia", "the person asked")
    assert row_of(giving, view).sealed_roots is None
    assert len(giving.rows("harbor")) == 47


def test_whom_nobody_knows_any_more_waits_for_nobody(giving):
    giving.load([person(83, person_id=VALUE)])
    take(giving)
    withdraw(
        giving.context,
        "",
        {"dataset": "cases", "person": {"domain": "person", "value": VALUE}},
    )
    erase_now(giving.context, silent)
    assert waiting_items(giving.context) == []


def test_identifiers_of_rows_that_were_replaced_go_too(giving):
    giving.load([person(55, phone="202-555-0177")], contributor="giver")
    giving.load([person(56, phone="202-555-0188")], contributor="giver")
    take(giving)
    erase_now(giving.context, silent)
    with giving.context.vault.opened() as vault:
        found = vault._connection.execute("SELECT value FROM vault.identifiers").fetchall()
    kept = {value for (value,) in found}
    assert not {"2025550055", "202-555-0177", "2025550056", VALUE} & kept
    assert {"202-555-0188", "2025550057", "person-56", "person-1"} <= kept


def test_reports_of_what_went_whole_go_too(giving):
    withdraw(giving.context, "giver", {"dataset": "cases", "contributor": True})
    erase_now(giving.context, silent)
    with reading(giving.context.store) as session:
        own = select(Submission).where(Submission.contributor == "giver")
        (submission,) = session.exec(own)
    assert (submission.state, submission.sealed_report) == ("withdrawn", None)


def test_a_reader_makes_erasing_wait_and_it_goes_on(giving, monkeypatch):
    view = take(giving)
    monkeypatch.setattr("gateway.lake.connection.PATIENCE_SECONDS", 0.05)
    with giving.context.lake.cursor(), pytest.raises(ConflictError, match="housekeeping"):
        erase_now(giving.context, silent)
    with giving.context.vault.opened(), pytest.raises(ConflictError):
        erase_now(giving.context, silent)
    assert row_of(giving, view).state == "withdrawn"
    keep_house(giving.context)  # the run is open, so that it goes on whatever the day is
    assert row_of(giving, view).state == "erased"
    assert len(runs(giving)) == 1


@pytest.mark.parametrize(
    "step", ["rename_in_ledgers", "erase_rows", "_delete_backups", "_finish", "scrub"]
)
def test_a_run_that_broke_off_is_finished_at_the_next_start(giving, monkeypatch, step):
    view = take(giving)

    def broken(*_):
        raise RuntimeError(step)

    with monkeypatch.context() as patched:
        patched.setattr(erasing, step, broken)
        with pytest.raises(RuntimeError):
            erase_now(giving.context, silent)
    assert erase_due(giving.context) == (0 if step == "scrub" else 1)
    assert row_of(giving, view).state == "erased"
    assert [run.done_at is not None for run in runs(giving)] == [True]
    assert check_everything(giving.context)["broken"] == []


def test_backups_that_can_not_be_reached_are_named(giving, tmp_path):
    reached, moved = tmp_path / "reached.backup", tmp_path / "moved.backup"
    for file in (reached, moved):
        back_up(giving.context, file, silent)
    moved.rename(tmp_path / "elsewhere.backup")
    take(giving)
    assert erase_now(giving.context, silent)["backups_to_destroy"] == [str(moved)]
    assert list_withdrawals(giving.context)["backups_to_destroy"] == [str(moved)]
    assert not reached.exists()
    later = tmp_path / "later.backup"
    giving.clock.move(hours=1)
    back_up(giving.context, later, silent)
    take(giving, "person-56")
    giving.clock.move(hours=1)
    erase_now(giving.context, silent)
    assert not later.exists()
    with reading(giving.context.store) as session:
        assert len(session.exec(select(BackupFile)).all()) == 3


def test_an_older_backup_is_refused_by_the_logs_own_check(giving, tmp_path):
    file = tmp_path / "old.backup"
    back_up(giving.context, file, silent)
    kept = tmp_path / "kept.backup"
    kept.hardlink_to(file)
    take(giving)
    erase_now(giving.context, silent)
    home = giving.context.home
    place = tmp_path / "other"
    place.mkdir()
    for beside in ("key", "checkpoint"):
        (place / f"home.{beside}").write_bytes(home.path.with_name(f"home.{beside}").read_bytes())
        (place / f"home.{beside}").chmod(0o600)
    with pytest.raises(IntegrityError):
        restore_home(kept, place / "home", None)
    assert not (place / "home").exists()


def test_with_no_days_to_wait_the_next_housekeeping_erases(giving):
    view = take(giving)
    document = giving.context.home.document.model_copy(update={"erase_days": 0})
    object.__setattr__(giving.context.home, "document", document)
    keep_house(giving.context)
    assert row_of(giving, view).state == "erased"
