"""`check_everything`: quiet on a whole home, and it finds whatever was changed in one."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import audit_check
from gateway.audit_check import check_everything
from gateway.context import open_rooms
from tests.conftest import FixedClock
from tests.small_homes import NOON, POLICY, copy_home, open_world, people, template_of

# What evidence is made of: a flipped byte anywhere in these must be found.
EVIDENCE = {
    "log_leaf": ("leaf", "sealed_entry", "type", "subject"),
    "log_node": ("hash",),
    "log_checkpoint": ("note",),
    "release": (
        "sealed_manifest",
        "sealed_content_key",
        "sealed_classes_key",
        "id",
        "partner",
        "dataset",
        "delete_by",
    ),
    "dataset_version": ("document", "sha256", "dataset"),
    "policy_version": ("document", "sha256", "policy", "dataset"),
    "partner": ("document", "sha256", "partner"),
}


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory):
    """A home with two releases, one of them ended, a suspension and a second policy version."""
    path = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("lived-in"))
    clock = FixedClock(NOON)
    with open_world(path, clock) as world:
        world.extract("harbor")
        clock.move(days=31)
        from gateway.declarations import resume_partner, suspend_partner
        from gateway.housekeeping import keep_house

        keep_house(world.context)
        world.load(people(41, 44))
        world.extract("lantern", format="jsonl")
        suspend_partner(world.context, "harbor")
        world.apply(POLICY.replace("k: 3", "k: 4"))
        world.apply(POLICY)
        suspend_partner(world.context, "lantern")
        resume_partner(world.context, "lantern")
        world.context.log.sign()
    with opened(path / "store.sqlite") as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="module")
def rooms(lived_in):
    """The lived-in home, open; tests put the store's file in its place back."""
    with open_rooms(lived_in, clock=FixedClock(NOON)) as context:
        yield context


@contextlib.contextmanager
def opened(file):
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as store:
        yield store


class Tampered:
    """Hands to change the home's files, and to put everything back."""

    def __init__(self, context, folder):
        self.context, self.home, self.folder = context, context.home, folder
        context.store.dispose()
        shutil.copy2(self.home.store_file, folder / "store")
        shutil.copytree(self.home.releases_dir, folder / "releases")
        shutil.copy2(self.home.checkpoint_file, folder / "checkpoint")

    def sql(self, statement, *values):
        with opened(self.home.store_file) as store:
            return store.execute(statement, values).fetchall()

    def check(self):
        self.context.store.dispose()
        return check_everything(self.context)["broken"]

    def put_back(self):
        self.context.store.dispose()
        for suffix in ("-wal", "-shm"):
            self.home.store_file.with_name(f"store.sqlite{suffix}").unlink(missing_ok=True)
        shutil.copy2(self.folder / "store", self.home.store_file)
        shutil.rmtree(self.home.releases_dir)
        shutil.copytree(self.folder / "releases", self.home.releases_dir)
        shutil.copy2(self.folder / "checkpoint", self.home.checkpoint_file)


@pytest.fixture
def tampered(rooms, tmp_path):
    hands = Tampered(rooms, tmp_path)
    assert hands.check() == []
    yield hands
    hands.put_back()


def test_a_whole_home_is_counted_and_nothing_is_broken(rooms):
    found = check_everything(rooms)
    assert found["broken"] == []
    assert found["releases"] == 2
    assert found["entries"] == found["checkpoint_size"] > 12
    assert found["declarations"] == 5


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ('DELETE FROM log_leaf WHERE "index" = 3', "entry 3"),
        ('DELETE FROM log_leaf WHERE "index" = (SELECT max("index") FROM log_leaf)', "entries"),
        ("UPDATE log_leaf SET sealed_entry = NULL WHERE type = 'release'", "no such entry"),
        ("UPDATE log_leaf SET leaf = x'7b7d' WHERE \"index\" = 2", "entry 2"),
        ("UPDATE log_leaf SET type = 'refusal' WHERE type = 'release'", "is filed as refusal"),
        ('DELETE FROM log_node WHERE level = 1 AND "index" = 1', "entry 3"),
        ("UPDATE log_node SET hash = zeroblob(32) WHERE level = 2", "entry 3"),
        ("DELETE FROM log_head", "the log's head counts 0 entries"),
        ("UPDATE log_head SET size = size + 1", "the log's head counts"),
        ("UPDATE log_checkpoint SET size = size + 100 WHERE size > 9", "is of another size"),
        ("DELETE FROM release", "its entry is in the log, the release is gone"),
        ("UPDATE release SET entry_index = entry_index - 1", "no such entry at index"),
        ("UPDATE release SET partner = 'lantern'", "another partner than the manifest"),
        ("UPDATE release SET delete_by = '2099-01-01'", "another delete_by"),
        ("UPDATE release SET sealed_manifest = zeroblob(400)", "rel_"),
        ("UPDATE release SET sealed_content_key = NULL", "the key of its bytes is gone"),
        ("UPDATE release SET sealed_classes_key = NULL", "the key of its ledger is gone"),
        ("DELETE FROM extract", "the extract that it was made of is gone"),
        ("UPDATE partner SET suspended = 0", "partner harbor is active, against its last entry"),
        ("UPDATE partner SET suspended = 1", "partner lantern is suspended, against"),
        ("DELETE FROM partner WHERE partner = 'harbor'", "partner harbor: what is in force"),
        ("UPDATE policy_version SET state = 'retired'", "policy for-ngos: what is in force"),
        ("UPDATE dataset_version SET active = 0", "dataset cases: what is in force"),
        (
            "UPDATE partner SET document = replace(document, 'ngo', 'gov')",
            "declaration was changed",
        ),
    ],
)
def test_a_changed_row_is_found(tampered, statement, said):
    tampered.sql("PRAGMA foreign_keys = OFF")
    tampered.sql(statement)
    broken = tampered.check()
    assert any(said in sentence for sentence in broken), broken


def test_a_policy_swapped_for_an_older_version_is_found(tampered):
    tampered.sql(
        "UPDATE policy_version SET state = CASE state WHEN 'active' THEN 'retired' "
        "ELSE 'active' END"
    )
    assert tampered.check() == [
        "policy for-ngos: what is in force isn't what the log's last entry names"
    ]


def test_a_rewritten_history_is_found_by_the_checkpoint_beside_the_home(tampered):
    last = tampered.sql('SELECT max("index") FROM log_leaf')[0][0]
    tampered.sql('DELETE FROM log_leaf WHERE "index" = ?', last)
    tampered.sql("UPDATE log_head SET size = ?", last)
    tampered.sql("DELETE FROM log_checkpoint WHERE size > ?", last)
    tampered.sql('DELETE FROM log_node WHERE ("index" + 1) << level > ?', last)
    assert any("entries were lost" in said for said in tampered.check())
    tampered.home.checkpoint_file.unlink()
    assert not any("entries were lost" in said for said in tampered.check())


def released_files(home):
    return sorted(path for path in home.releases_dir.rglob("*") if path.is_file())


def test_a_file_that_is_missing_changed_or_cut_is_found(tampered):
    files = released_files(tampered.home)
    assert {path.name for path in files} == {"content", "codebook", "classes"}
    for path in files:
        data = path.read_bytes()
        changed = data[:9] + bytes([data[9] ^ 0xFF]) + data[10:]
        for damage in (None, b"", data[:-1], data + b"x", changed):
            path.unlink()
            if damage is not None:
                path.write_bytes(damage)
            assert tampered.check(), f"{path.name} damaged to {damage and damage[:12]!r}"
            path.write_bytes(data)
    assert tampered.check() == []


def test_files_of_releases_can_t_stand_in_for_each_other(tampered):
    first, second = sorted({path.parent for path in released_files(tampered.home)})
    for one, other in ((first / "classes", second / "classes"),):
        held = one.read_bytes()
        one.write_bytes(other.read_bytes())
        assert tampered.check()
        one.write_bytes(held)


def test_the_checkpoint_beside_the_home_is_part_of_the_evidence(tampered):
    note = tampered.home.checkpoint_file.read_bytes()
    for changed in (b"", note[:-3], note.replace(b"weir.example", b"weir.another"), b"\xff" * 9):
        tampered.home.checkpoint_file.write_bytes(changed)
        assert tampered.check()


def test_a_damaged_page_of_the_store_is_found(tampered):
    data = bytearray(tampered.home.store_file.read_bytes())
    page = 4096 * 3
    data[page : page + 64] = b"\xa5" * 64
    tampered.home.store_file.write_bytes(data)
    assert tampered.check()


def test_a_long_list_is_cut_and_counted(tampered, monkeypatch):
    monkeypatch.setattr(audit_check, "_SHOWN", 5)
    tampered.sql("UPDATE log_leaf SET type = 'period'")
    broken = tampered.check()
    assert len(broken) == 6
    assert re.fullmatch(r"and \d+ more", broken[-1])


def test_a_change_under_way_is_no_damage_and_damage_is_said_again(rooms, monkeypatch):
    said = iter(["for a moment", "for ever", "another moment", "for ever"])

    def check(_context, _entries, broken):
        broken += [next(said), next(said)]
        return 2

    monkeypatch.setattr(audit_check, "check_releases", check)
    assert check_everything(rooms)["broken"] == ["for ever"]


def cells(home):
    """Return table, row and column of every piece of evidence that a row holds."""
    with opened(home.store_file) as store:
        return [
            (table, row, column)
            for table, columns in EVIDENCE.items()
            for (row,) in store.execute(f"SELECT rowid FROM {table}")
            for column in columns
            if store.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()[0]
        ]


def test_any_flipped_bit_of_the_evidence_is_found(tampered, effort):
    """Flip one bit of one cell where it lies in the store's file, and check again."""
    where = cells(tampered.home)

    @settings(
        max_examples=40 * effort,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(cell=st.sampled_from(where), place=st.integers(0, 10**6), bit=st.integers(0, 7))
    def flip(cell, place, bit):
        table, row, column = cell
        ((value,),) = tampered.sql(f"SELECT {column} FROM {table} WHERE rowid = ?", row)
        data = bytearray(value if isinstance(value, bytes) else value.encode())
        data[place % len(data)] ^= 1 << bit
        tampered.sql("PRAGMA foreign_keys = OFF")
        kind = "BLOB" if isinstance(value, bytes) else "TEXT"
        statement = f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE rowid = ?"
        tampered.sql(statement, bytes(data), row)
        broken = tampered.check()
        tampered.sql(statement, value, row)
        assert broken, (table, column, place % len(data), bit)
        json.dumps(broken)

    flip()
    assert tampered.check() == []
