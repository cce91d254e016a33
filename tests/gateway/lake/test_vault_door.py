"""The vault's door: open for as long as somebody is inside, and never for a release."""

import contextlib
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from gateway.errors import LakeError
from gateway.lake.vault import Vault
from gateway.lake.vault_door import VaultDoor
from gateway.loading import Load, load_dataset
from tests.conftest import FixedClock
from tests.small_homes import NOON, as_csv, copy_home, open_world, person, template_of


def is_open(home):
    """Whether this process has the vault's file open."""
    links = []
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            links.append(handle.readlink())
    return home.vault_file in links


@pytest.fixture
def door(home, keys):
    Vault.create(home, keys).close()
    return VaultDoor(home, keys)


def test_the_vault_is_open_inside_the_block_alone(home, door):
    assert not is_open(home)
    with door.opened():
        assert is_open(home)
    assert not is_open(home)


def test_two_at_once_share_it_and_the_last_one_shuts_it(home, door):
    with door.opened() as first:
        with door.opened() as second:
            assert first is second
        first.deposit_identifiers("s", "person", pa.array([b"a" * 16]), pa.array(["Ana"]))
        assert is_open(home)
    assert not is_open(home)


def test_a_load_that_fails_shuts_it_as_well(home, door):
    with pytest.raises(ZeroDivisionError), door.opened():
        raise ZeroDivisionError
    assert not is_open(home)
    with door.opened():
        assert is_open(home)


def test_a_vault_that_is_missing_is_named_and_never_made_anew(home, door):
    home.vault_file.unlink()
    assert not door.exists
    with pytest.raises(LakeError, match=r"vault\.duckdb isn't there: loading needs it"):
        door.opened().__enter__()
    assert not home.vault_file.exists()


def test_an_open_home_holds_the_vault_only_while_a_load_runs(world, tmp_path):
    home, seen = world.context.home, []
    assert not is_open(home)
    file = tmp_path / "more.csv"
    file.write_text(as_csv([person(99)]))
    load = Load("cases", (file,))
    load_dataset(world.context, load, lambda _text, _share: seen.append(is_open(home)))
    assert any(seen)
    assert not is_open(home)
    world.extract("harbor")
    assert not is_open(home)


def test_a_home_without_its_vault_starts_and_releases(tmp_path_factory, tmp_path, caplog):
    path = copy_home(template_of(tmp_path_factory), tmp_path)
    shutil.move(path / "vault.duckdb", tmp_path / "kept-elsewhere")
    with open_world(path, FixedClock(NOON)) as world:
        assert "the identifier vault isn't there" in caplog.text
        assert world.rows("harbor")
        with pytest.raises(LakeError, match="isn't there"):
            world.load([person(99)])
        records = world.context.lake.count("cases")
        shutil.move(tmp_path / "kept-elsewhere", path / "vault.duckdb")
        assert world.load([person(99)])["accepted"] == 1
        assert world.context.lake.count("cases") == (records[0] + 1, records[1] + 1)
