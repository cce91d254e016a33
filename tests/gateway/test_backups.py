"""Backups: whole or not at all, nothing open in them, and never a second history."""

from __future__ import annotations

import contextlib
import errno
import os
import tarfile
import threading

import pytest

from gateway import backups
from gateway.backups import back_up
from gateway.errors import ConflictError, HomeError, IntegrityError, StorageFullError
from gateway.restoring import restore_home
from tests.backed_up import SILENT, names_beside, nothing_left
from tests.small_homes import people


def test_the_master_key_is_not_in_a_backup(backed_up):
    folder = backed_up[0]
    key = (folder / "home.key").read_text().strip()
    backup = (folder / "new.backup").read_bytes()
    for form in (key.encode(), key.upper().encode(), bytes.fromhex(key)):
        assert form not in backup
    with tarfile.open(folder / "new.backup") as archive:
        assert not [name for name in archive.getnames() if name.endswith((".key", ".sock"))]


def test_no_identifier_lies_open_in_a_backup(backed_up):
    backup = (backed_up[0] / "new.backup").read_bytes()
    assert b"what person 7 said" not in backup
    assert b"person-7" not in backup


def test_an_old_backup_beside_a_newer_checkpoint_is_refused(backed_up, place):
    folder = backed_up[0]
    newer = (folder / "home.checkpoint").read_bytes()
    (place.parent / "other.checkpoint").write_bytes(newer)
    with pytest.raises(IntegrityError, match="an old backup was restored"):
        restore_home(folder / "old.backup", place, None)
    assert names_beside(place) == ["other.checkpoint", "other.key"]
    assert (place.parent / "other.checkpoint").read_bytes() == newer
    assert restore_home(folder / "new.backup", place, None)["broken"] == []


def test_an_old_backup_against_a_newer_checkpoint_that_is_given_is_refused(backed_up, place):
    folder, old, _ = backed_up
    newer = (folder / "home.checkpoint").read_bytes()
    with pytest.raises(IntegrityError, match="Restore a newer one"):
        restore_home(folder / "old.backup", place, newer)
    assert nothing_left(place)
    assert restore_home(folder / "new.backup", place, old)["broken"] == []


@pytest.mark.parametrize("note", [b"", b"nonsense\n", b"weir.example/log\n1\nAAAA\n\n"])
def test_a_checkpoint_that_isn_t_one_is_refused_or_empty(backed_up, place, note):
    refused = pytest.raises(IntegrityError) if note else contextlib.nullcontext()
    with refused:
        restore_home(backed_up[0] / "new.backup", place, note)


def test_another_home_s_checkpoint_is_refused(backed_up, place, tmp_path_factory):
    from gateway.founding import found_home

    other = tmp_path_factory.mktemp("other") / "home"
    found_home(other, name="Other", origin="weir.example/log", timezone="UTC")
    with pytest.raises(IntegrityError):
        restore_home(
            backed_up[0] / "new.backup", place, other.with_name("home.checkpoint").read_bytes()
        )
    assert nothing_left(place)


def test_loads_wait_for_a_backup_and_readers_don_t(world, tmp_path):
    during, loaded = threading.Event(), threading.Event()

    def load():
        during.wait(5)
        world.load(people(41, 43))
        loaded.set()

    def watch(_text, share):
        during.set()
        if share > 0:
            seen.append((loaded.is_set(), world.context.lake.count("cases")))

    seen = []
    loader = threading.Thread(target=load)
    loader.start()
    back_up(world.context, tmp_path / "x.backup", watch)
    loader.join()
    assert {count for _, count in seen} == {(40, 40)}
    assert not any(before for before, _ in seen)
    assert world.context.lake.count("cases") == (43, 43)


def test_a_file_that_disappears_meanwhile_makes_it_begin_again(world, tmp_path, monkeypatch):
    made = world.extract("harbor")
    gone = world.context.home.releases_dir / made.id / "content"
    held, opens = gone.read_bytes(), []
    real = backups._members

    def members_once_gone(home, store):
        opens.append(1)
        gone.write_bytes(held) if len(opens) > 1 else gone.unlink()
        return real(home, store)

    monkeypatch.setattr(backups, "_members", members_once_gone)
    assert back_up(world.context, tmp_path / "x.backup", SILENT)["files"] > 5
    assert len(opens) == 2


def test_a_full_disk_leaves_no_half_backup(world, tmp_path, monkeypatch):
    def fill(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backups, "_members", fill)
    with pytest.raises(StorageFullError, match="make room"):
        back_up(world.context, tmp_path / "x.backup", SILENT)
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]
    assert not (world.context.home.temp_dir / "store.backup").exists()


def test_a_backup_is_never_written_over_anything(world, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(ConflictError):
        back_up(world.context, taken, SILENT)
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    with pytest.raises(ConflictError):
        back_up(world.context, tmp_path / "link", SILENT)
    with pytest.raises(HomeError, match="in the home itself"):
        back_up(world.context, world.context.home.releases_dir / "x", SILENT)
    assert taken.read_text() == "mine"


def test_a_store_on_postgresql_is_for_its_own_backups(
    world, tmp_path, monkeypatch, backed_up, place
):
    monkeypatch.setenv("WEIR_STORE_URL", "postgresql://x/y")
    with pytest.raises(HomeError, match="pg_dump"):
        back_up(world.context, tmp_path / "x.backup", SILENT)
    with pytest.raises(HomeError, match="unset WEIR_STORE_URL"):
        restore_home(backed_up[0] / "new.backup", place, None)
