"""Backups and restores: whole or not at all, here or elsewhere, and never a second history."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import tarfile
import threading
from functools import partial

import pytest

from gateway import backups
from gateway.archives import INDEX, MAC
from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.corridor import make
from gateway.errors import ConflictError, HomeError, IntegrityError, KeysError, StorageFullError
from gateway.releases import receipt_text, settle
from gateway.restoring import restore_home
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, people, template_of

SILENT = partial(lambda _text, _share: None)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A backup of a home with one release, with its key and checkpoint; what it was like."""
    folder = tmp_path_factory.mktemp("kept")
    path = copy_home(template_of(tmp_path_factory), folder)
    with open_world(path, FixedClock(NOON)) as world:
        made = world.extract("harbor")
        facts = {
            "release": made.release_id,
            "extract": made.id,
            "content": world.content("harbor", made.id),
            "receipt": receipt_text(world.context, "harbor", made.release_id),
        }
        back_up(world.context, folder / "old.backup", SILENT)
        old = (folder / "home.checkpoint").read_bytes()
        world.load(people(41, 44))
        back_up(world.context, folder / "new.backup", SILENT)
        facts["records"] = world.context.lake.count("cases")
    return folder, old, facts


@pytest.fixture
def place(kept, tmp_path):
    """An empty place on another machine: the key was brought there."""
    shutil.copy2(kept[0] / "home.key", tmp_path / "other.key")
    return tmp_path / "other"


def names_beside(place):
    return sorted(path.name for path in place.parent.iterdir())


def nothing_left(place):
    return names_beside(place) in ([f"{place.name}.key"], [])


def test_a_restored_home_is_the_home_that_was_backed_up(kept, place):
    folder, _, facts = kept
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


def test_tokens_and_bytes_of_the_same_request_are_the_same_after_a_restore(kept, place):
    folder, _, facts = kept
    restore_home(folder / "old.backup", place, None)
    with open_world(place, FixedClock(NOON)) as world:
        assert world.extract("harbor").id == facts["extract"]
        table = world.table("harbor", facts["extract"]).to_pylist()
        again = world.extract("harbor", format="jsonl")
        assert world.table("harbor", again.id, "jsonl").to_pylist() == table


def test_only_the_owner_may_read_what_was_restored_or_backed_up(kept, place):
    restore_home(kept[0] / "new.backup", place, None)
    assert (kept[0] / "new.backup").stat().st_mode & 0o777 == 0o600
    for path in (place, *place.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_master_key_is_not_in_a_backup(kept):
    folder = kept[0]
    key = (folder / "home.key").read_text().strip()
    backup = (folder / "new.backup").read_bytes()
    for form in (key.encode(), key.upper().encode(), bytes.fromhex(key)):
        assert form not in backup
    with tarfile.open(folder / "new.backup") as archive:
        assert not [name for name in archive.getnames() if name.endswith((".key", ".sock"))]


def test_no_identifier_lies_open_in_a_backup(kept):
    backup = (kept[0] / "new.backup").read_bytes()
    assert b"what person 7 said" not in backup
    assert b"person-7" not in backup


def test_an_old_backup_beside_a_newer_checkpoint_is_refused(kept, place):
    folder = kept[0]
    newer = (folder / "home.checkpoint").read_bytes()
    (place.parent / "other.checkpoint").write_bytes(newer)
    with pytest.raises(IntegrityError, match="an old backup was restored"):
        restore_home(folder / "old.backup", place, None)
    assert names_beside(place) == ["other.checkpoint", "other.key"]
    assert (place.parent / "other.checkpoint").read_bytes() == newer
    assert restore_home(folder / "new.backup", place, None)["broken"] == []


def test_an_old_backup_against_a_newer_checkpoint_that_is_given_is_refused(kept, place):
    folder, old, _ = kept
    newer = (folder / "home.checkpoint").read_bytes()
    with pytest.raises(IntegrityError, match="Restore a newer one"):
        restore_home(folder / "old.backup", place, newer)
    assert nothing_left(place)
    assert restore_home(folder / "new.backup", place, old)["broken"] == []


@pytest.mark.parametrize("note", [b"", b"nonsense\n", b"weir.example/log\n1\nAAAA\n\n"])
def test_a_checkpoint_that_isn_t_one_is_refused_or_empty(kept, place, note):
    refused = pytest.raises(IntegrityError) if note else contextlib.nullcontext()
    with refused:
        restore_home(kept[0] / "new.backup", place, note)


def test_another_home_s_checkpoint_is_refused(kept, place, tmp_path_factory):
    from gateway.founding import found_home

    other = tmp_path_factory.mktemp("other") / "home"
    found_home(other, name="Other", origin="weir.example/log", timezone="UTC")
    with pytest.raises(IntegrityError):
        restore_home(kept[0] / "new.backup", place, other.with_name("home.checkpoint").read_bytes())
    assert nothing_left(place)


def test_without_its_master_key_nothing_is_restored(kept, place):
    key = place.with_name("other.key")
    key.unlink()
    with pytest.raises(KeysError, match="no master key at"):
        restore_home(kept[0] / "new.backup", place, None)
    key.write_text("5" * 64)
    key.chmod(0o600)
    with pytest.raises(KeysError, match="doesn't belong to this home"):
        restore_home(kept[0] / "new.backup", place, None)
    assert nothing_left(place)


def test_a_master_key_that_is_named_is_used(kept, place, monkeypatch):
    named = place.parent / "named"
    place.with_name("other.key").rename(named)
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(named))
    assert restore_home(kept[0] / "new.backup", place, None)["broken"] == []


def members(file):
    with tarfile.open(file) as archive:
        return {name: archive.extractfile(name).read() for name in archive.getnames()}


def rewritten(file, contents):
    with tarfile.open(file, "w") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


def test_a_change_to_any_member_is_noticed(kept, place, tmp_path):
    whole = members(kept[0] / "old.backup")
    for name, data in whole.items():
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        file = rewritten(tmp_path / "changed", {**whole, name: changed})
        with pytest.raises((HomeError, KeysError)):
            restore_home(file, place, None)
        file.unlink()
        assert nothing_left(place), name


def test_a_member_that_is_taken_out_is_noticed(kept, place, tmp_path):
    whole = members(kept[0] / "old.backup")
    for name in whole:
        rest = {other: data for other, data in whole.items() if other != name}
        file = rewritten(tmp_path / "less", rest)
        with pytest.raises((HomeError, KeysError)):
            restore_home(file, place, None)
        file.unlink()
        assert nothing_left(place), name


def test_a_change_with_a_new_index_is_noticed_by_its_seal(kept, place, tmp_path):
    import hashlib
    import json

    whole = members(kept[0] / "old.backup")
    whole["home.yaml"] = whole["home.yaml"].replace(b"Small", b"Tall!")
    index = json.loads(whole[INDEX])
    index["files"]["home.yaml"] = hashlib.sha256(whole["home.yaml"]).hexdigest()
    file = rewritten(tmp_path / "x", {**whole, INDEX: json.dumps(index, sort_keys=True).encode()})
    with pytest.raises(HomeError, match="was changed or cut"):
        restore_home(file, place, None)
    assert MAC in whole


@pytest.mark.parametrize(
    "name", ["../escaped", "/tmp/escaped", "lake/../../escaped", "home.yaml/x"]
)
def test_a_member_never_lands_outside_the_home(kept, place, tmp_path, name):
    import json

    whole = members(kept[0] / "old.backup")
    index = json.loads(whole[INDEX])
    index["files"] = {name: "0" * 64, **index["files"]}
    changed = {**whole, name: b"x", INDEX: json.dumps(index).encode()}
    with pytest.raises(HomeError):
        restore_home(rewritten(tmp_path / "x", changed), place, None)
    assert not list(tmp_path.rglob("escaped"))


def test_a_backup_cut_anywhere_is_refused(kept, place, tmp_path):
    data = (kept[0] / "old.backup").read_bytes()
    for share in (0, 0.1, 0.5, 0.9, 0.999):
        cut = tmp_path / "cut"
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(HomeError, match="another backup"):
            restore_home(cut, place, None)
        cut.unlink()
        assert nothing_left(place)


def test_what_a_broken_restore_left_is_no_hindrance(kept, place):
    left = place.with_name(".other.restoring")
    (left / "other").mkdir(parents=True)
    (left / "other" / "home.yaml").write_text("half")
    assert restore_home(kept[0] / "new.backup", place, None)["broken"] == []
    assert not left.exists()


def test_a_restore_that_finds_something_broken_leaves_nothing(kept, place, monkeypatch):
    monkeypatch.setattr(
        "gateway.restoring.check_everything", lambda _context: {"broken": ["entry 3: changed"]}
    )
    with pytest.raises(IntegrityError, match="isn't whole, nothing was restored: entry 3"):
        restore_home(kept[0] / "new.backup", place, None)
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


def test_a_full_disk_at_a_restore_leaves_nothing(kept, place, monkeypatch):
    def fill(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("gateway.archives.ArchiveReader._copy", fill)
    with pytest.raises(StorageFullError):
        restore_home(kept[0] / "new.backup", place, None)
    assert nothing_left(place)


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


def test_a_store_on_postgresql_is_for_its_own_backups(world, tmp_path, monkeypatch, kept, place):
    monkeypatch.setenv("WEIR_STORE_URL", "postgresql://x/y")
    with pytest.raises(HomeError, match="pg_dump"):
        back_up(world.context, tmp_path / "x.backup", SILENT)
    with pytest.raises(HomeError, match="unset WEIR_STORE_URL"):
        restore_home(kept[0] / "new.backup", place, None)
