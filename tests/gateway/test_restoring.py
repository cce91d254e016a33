"""Restores: the home that was backed up, here or elsewhere, or nothing at all."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.corridor import make
from gateway.errors import IntegrityError, KeysError, StorageFullError
from gateway.releases import receipt_text, settle
from gateway.restoring import restore_home
from tests.backed_up import SILENT, nothing_left
from tests.conftest import FixedClock
from tests.small_homes import NOON, open_world, people


def test_a_restored_home_is_the_home_that_was_backed_up(backed_up, place):
    folder, _, facts = backed_up
    result = restore_home(folder / "new.backup", place, None)
    assert result["broken"] == []
    assert (result["releases"], result["home"]) == (1, str(place))
    with open_world(place, FixedClock(NOON)) as world:
        assert world.content("harbor", facts["extract"]) == facts["content"]
        old = facts["receipt"].splitlines()
        assert receipt_text(world.context, "harbor", facts["release"]).splitlines()[:2] == old[:2]
        assert world.context.lake.count("cases") == facts["records"]
        assert world.extract("lantern").state == "ready"
        assert world.load(people(45, 46))["accepted"] == 2
        assert check_everything(world.context)["broken"] == []


def test_tokens_and_bytes_of_the_same_request_are_the_same_after_a_restore(backed_up, place):
    folder, _, facts = backed_up
    restore_home(folder / "old.backup", place, None)
    with open_world(place, FixedClock(NOON)) as world:
        assert world.extract("harbor").id == facts["extract"]
        table = world.table("harbor", facts["extract"]).to_pylist()
        again = world.extract("harbor", format="jsonl")
        assert world.table("harbor", again.id, "jsonl").to_pylist() == table


def test_only_the_owner_may_read_what_was_restored_or_backed_up(backed_up, place):
    restore_home(backed_up[0] / "new.backup", place, None)
    assert (backed_up[0] / "new.backup").stat().st_mode & 0o777 == 0o600
    for path in (place, *place.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_without_its_master_key_nothing_is_restored(backed_up, place):
    key = place.with_name("other.key")
    key.unlink()
    with pytest.raises(KeysError, match="no master key at"):
        restore_home(backed_up[0] / "new.backup", place, None)
    key.write_text("5" * 64)
    key.chmod(0o600)
    with pytest.raises(KeysError, match="doesn't belong to this home"):
        restore_home(backed_up[0] / "new.backup", place, None)
    assert nothing_left(place)


def test_a_master_key_that_is_named_is_used(backed_up, place, monkeypatch):
    named = place.parent / "named"
    place.with_name("other.key").rename(named)
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(named))
    assert restore_home(backed_up[0] / "new.backup", place, None)["broken"] == []


def test_what_a_broken_restore_left_is_no_hindrance(backed_up, place):
    left = place.with_name(".other.restoring")
    (left / "other").mkdir(parents=True)
    (left / "other" / "home.yaml").write_text("half")
    assert restore_home(backed_up[0] / "new.backup", place, None)["broken"] == []
    assert not left.exists()


def test_a_restore_that_finds_something_broken_leaves_nothing(backed_up, place, monkeypatch):
    monkeypatch.setattr(
        "gateway.restoring.check_everything", lambda _context: {"broken": ["entry 3: changed"]}
    )
    with pytest.raises(IntegrityError, match="isn't whole, nothing was restored: entry 3"):
        restore_home(backed_up[0] / "new.backup", place, None)
    assert nothing_left(place)


def test_an_extract_on_its_way_goes_on_in_the_restored_home(world, place):
    made, half, queued = (world.ask(world.partner(f"p{n}")) for n in range(3))
    make(world.context, made.id)
    (world.context.home.releases_dir / half.id).mkdir()
    (world.context.home.releases_dir / half.id / "content").write_bytes(b"half of it")
    back_up(world.context, place.parent / "mid.backup", SILENT)
    settle(world.context, made.id)
    shutil.copy2(world.context.home.key_file, f"{place}.key")
    restore_home(place.parent / "mid.backup", place, None)
    assert not (place / "releases" / half.id).exists()
    with open_world(place, FixedClock(NOON)) as restored:
        for asked in (made, half, queued):
            assert restored.work(asked.id) == "ready"
        assert check_everything(restored.context)["broken"] == []


def test_bytes_that_ended_stay_away_and_their_ledger_stays(world, place):
    made = world.extract("harbor")
    world.clock.move(days=40)
    from gateway.housekeeping import keep_house

    keep_house(world.context)
    back_up(world.context, place.parent / "late.backup", SILENT)
    shutil.copy2(world.context.home.key_file, f"{place}.key")
    assert restore_home(place.parent / "late.backup", place, None)["broken"] == []
    assert [path.name for path in (place / "releases" / made.id).iterdir()] == ["classes"]


def test_a_full_disk_at_a_restore_leaves_nothing(backed_up, place, monkeypatch):
    def fill(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("gateway.archives.ArchiveReader._copy", fill)
    with pytest.raises(StorageFullError):
        restore_home(backed_up[0] / "new.backup", place, None)
    assert nothing_left(place)
